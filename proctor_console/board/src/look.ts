// How a seat looks: shape, icon and word per state (look/LOOK.md).

import { t, type Word } from "./words";
import { minutes, seatNumber } from "./times";
import type { ShownSeat, Shown } from "./link";
import type { Seat } from "./types";

const ICONS: Partial<Record<Seat["state"], string>> = {
  lost: "lost",
  paused: "pause",
  idle: "clock",
  submitted: "check",
  finished: "check",
  not_arrived: "ring",
  absent: "absent",
  out_of_use: "cross",
};

const RUNNING = new Set<Seat["state"]>(["working", "lost", "idle"]);
/** States that need a person; a raised hand gives way to them. */
export const LOUD = new Set<Seat["state"]>(["lost", "paused", "idle"]);

/** The seat's icon; a raised hand is shown where nothing worse is. */
export function iconOf(seat: Seat): string | null {
  if (seat.asks !== null) return "swap";
  if (seat.hand && seat.state !== "lost") return "hand";
  return ICONS[seat.state] ?? null;
}

/** Milliseconds the seat's trouble lasts by now, or null. */
export function sinceMs(seat: ShownSeat, now: number): number | null {
  return seat.since_ms === null ? null : seat.since_ms + Math.max(0, now - seat.heardAt);
}

/** Milliseconds left by now, or null. */
export function leftMs(seat: ShownSeat, shown: Shown, now: number): number | null {
  if (seat.left_ms === null) return null;
  if (!RUNNING.has(seat.state) || shown.rest.sitting.paused) return seat.left_ms;
  return Math.max(0, seat.left_ms - Math.max(0, now - seat.heardAt));
}

/** The state in words, with how long it lasts where that matters. */
export function wordOf(seat: ShownSeat, now: number): string {
  const since = sinceMs(seat, now);
  if (seat.state === "idle" && since !== null)
    return t("idle_minutes", { n: Math.max(1, Math.floor(since / 60_000)) });
  const word = t(`state_${seat.state}` as Word);
  return LOUD.has(seat.state) && since !== null ? `${word} ${minutes(since)}` : word;
}

/** A second line: who needs what, where they came from or went to, time granted. */
export function noteOf(seat: Seat): string | null {
  if (seat.asks !== null) return t("asks_word");
  if (seat.hand) return t("hand");
  if (seat.sent) return seat.sent_to ? t("sent_to", { n: seatNumber(seat.sent_to) }) : t("sent_any");
  if (seat.went_to !== null) return t("went_to", { n: seatNumber(seat.went_to) });
  if (seat.came_from !== null) return t("came_from", { n: seatNumber(seat.came_from) });
  if (seat.granted_ms > 0) return t("granted", { time: minutes(seat.granted_ms) });
  return null;
}

/** Whether somebody must decide about this seat, beside its state. */
export function waits(seat: Seat): boolean {
  return seat.hand || seat.asks !== null;
}
