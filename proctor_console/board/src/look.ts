// How a seat looks: shape, icon and word per state (look/LOOK.md).

import { known, t, type Word } from "./words";
import { minutes } from "./times";
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

/** A second line: a raised hand, a note of the server, time granted. */
export function noteOf(seat: Seat): string | null {
  if (seat.hand) return t("hand");
  if (seat.note) return known(`note_${seat.note}`);
  if (seat.granted_ms > 0) return t("granted", { time: minutes(seat.granted_ms) });
  return null;
}

/** Whether the seat has somebody at it whose paper is open. */
export function atWork(seat: Seat): boolean {
  return RUNNING.has(seat.state) || seat.state === "paused";
}
