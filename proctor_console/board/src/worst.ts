// The list on the left: what needs a person, worst first; then who has not come; then calm.

import { h, icon, redraw, say } from "./dom";
import { iconOf, LOUD, noteOf, waits, wordOf } from "./look";
import { minutes, seatNumber } from "./times";
import { t } from "./words";
import type { Shown, ShownSeat } from "./link";

const EMPTY_STATES = new Set(["not_arrived", "absent"]);

export class WorstFirst {
  private look = "";
  private readonly times = new Map<number, HTMLElement>();
  private announced = new Set<string>();
  private started = false;

  constructor(
    private readonly box: HTMLElement,
    private readonly live: HTMLElement,
    private readonly onSelect: (seat: number) => void,
    private readonly onAbsent: (people: ShownSeat[]) => void,
  ) {}

  show(shown: Shown, now: number, selected: number | null): void {
    const byPerson = new Map<string, ShownSeat>();
    for (const seat of shown.seats.values())
      if (seat.candidate_id) byPerson.set(seat.candidate_id, seat);
    // while the whole room is paused, being paused is no trouble of one seat
    const worst = shown.rest.trouble.map((id) => byPerson.get(id)).filter(isSeat)
      .filter((seat) => !shown.rest.sitting.paused || seat.state !== "paused" || rowNote(seat) !== t("paused_note"));
    const notHere = [...byPerson.values()].filter((seat) => EMPTY_STATES.has(seat.state));
    const running = shown.rest.sitting.state === "running";
    this.announce(worst);
    const look = JSON.stringify([
      worst.map(({ seat, name, state, hand, asks, sent, proposed_ms }) =>
        [seat, name, state, hand, asks, sent, proposed_ms]),
      notHere.map(({ seat, name, state }) => [seat, name, state]),
      byPerson.size,
      selected,
      running,
    ]);
    if (look !== this.look) {
      this.look = look;
      this.draw(worst, notHere, byPerson.size, selected, running);
    }
    for (const [number, node] of this.times) {
      const seat = shown.seats.get(number);
      if (seat) say(node, rowWord(seat, now));
    }
  }

  private draw(
    worst: ShownSeat[],
    notHere: ShownSeat[],
    people: number,
    selected: number | null,
    running: boolean,
  ): void {
    const missing = notHere.filter((seat) => seat.state === "not_arrived");
    this.times.clear();
    const calm = people - worst.length - notHere.length;
    redraw(
      this.box,
      section(t("needs_you"), worst.length),
      worst.length > 0 && h("ul", {}, ...worst.map((seat) => this.row(seat, selected))),
      notHere.length > 0 && section(t("not_here"), notHere.length),
      running && missing.length > 1 && h("p", { class: "list-foot" },
        h("button", { type: "button", class: "button is-plain", "data-key": "absent-all",
          "data-test": "absent-all", click: () => this.onAbsent(missing) },
          icon("absent"), t("absent_all", { n: missing.length }))),
      notHere.length > 0 && h("ul", {}, ...notHere.map((seat) => this.row(seat, selected))),
      h("p", { class: "calm" }, icon("check"), calmText(calm, worst.length + notHere.length)),
    );
  }

  private row(seat: ShownSeat, selected: number | null): HTMLElement {
    const time = h("span", { class: "row-time" });
    this.times.set(seat.seat, time);
    const why = rowNote(seat);
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "row",
          "data-key": `row-${seat.seat}`,
          "aria-pressed": String(seat.seat === selected),
          click: () => this.onSelect(seat.seat),
        },
        h("span", { class: `mark is-${seat.state}${waits(seat) ? " has-hand" : ""}` },
          icon(iconOf(seat) ?? (seat.proposed_ms > 0 ? "swap" : "ring"), 18)),
        h("span", { class: "row-who" }, `${seatNumber(seat.seat)} ${seat.name ?? ""}`),
        time,
        why && h("span", { class: "row-why" }, why),
      ),
    );
  }

  /** Say new trouble once, quietly; nothing on the first load. */
  private announce(worst: ShownSeat[]): void {
    const present = new Set(worst.map(trouble));
    const fresh = worst.filter((seat) => !this.announced.has(trouble(seat)));
    if (this.started && fresh.length > 0)
      say(this.live, fresh.map((seat) => `${seatNumber(seat.seat)} ${seat.name ?? ""} ` +
        (noteOf(seat) && waits(seat) ? noteOf(seat) : t(`state_${seat.state}`))).join("；"));
    this.announced = present;
    this.started = true;
  }
}

const isSeat = (seat: ShownSeat | undefined): seat is ShownSeat => seat !== undefined;

function section(title: string, count: number): HTMLElement {
  return h("h2", { class: "list-title" }, h("span", {}, title), h("span", {}, String(count)));
}

function calmText(calm: number, others: number): string {
  return t(others > 0 ? "others_calm" : "all_calm", { n: calm });
}

/** What makes a seat a case for a person: a new one is said once. */
function trouble(seat: ShownSeat): string {
  return `${seat.seat}:${seat.state}:${seat.hand}:${seat.asks}`;
}

function rowWord(seat: ShownSeat, now: number): string {
  if (seat.asks !== null) return t("asks_word");
  if (LOUD.has(seat.state)) return wordOf(seat, now);
  if (seat.hand) return t("hand");
  return seat.proposed_ms > 0 ? t("lost_time", { time: minutes(seat.proposed_ms) }) : wordOf(seat, now);
}

function rowNote(seat: ShownSeat): string | null {
  if (seat.asks !== null) return seat.asks > 0 ? t("asks_note", { n: seatNumber(seat.asks) }) : t("asks_note_any");
  if (seat.hand) return t("hand_waiting");
  if (seat.sent) return seat.sent_to ? t("sent_note", { n: seatNumber(seat.sent_to) }) : t("sent_note_any");
  if (seat.proposed_ms > 0 && !LOUD.has(seat.state))
    return seat.came_from === null ? t("proposed_note") : t("moved_note", { n: seatNumber(seat.came_from) });
  switch (seat.state) {
    case "lost": return t("lost_note", { n: seat.answered });
    case "idle": return t("idle_note", { n: seat.answered });
    case "paused": return t("paused_note");
    case "not_arrived": return t("not_arrived_note");
    default: return null;
  }
}
