// The seat plan: the room as built. Tiles never move; arrows walk from seat to seat.

import { byId, h, icon, say } from "./dom";
import { iconOf, noteOf, waits, wordOf } from "./look";
import { seatNumber } from "./times";
import { t } from "./words";
import type { Shown, ShownSeat } from "./link";

const STEPS: Record<string, [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

interface Tile {
  button: HTMLButtonElement;
  look: string;
  status: HTMLElement | null;
}

export class Plan {
  private readonly tiles = new Map<number, Tile>();
  private reachable = 1;
  private columns = 1;

  constructor(
    private readonly box: HTMLElement,
    private readonly onSelect: (seat: number) => void,
  ) {
    box.addEventListener("keydown", (event) => this.walk(event));
  }

  /** Show every seat as it is by now. */
  show(shown: Shown, now: number, selected: number | null): void {
    if (this.tiles.size !== shown.seats.size) this.build(shown);
    for (const seat of shown.seats.values()) this.showSeat(seat, now, seat.seat === selected);
  }

  /** Put the focus back on a seat. */
  focus(number: number): void {
    this.tiles.get(number)?.button.focus({ preventScroll: true });
  }

  private build(shown: Shown): void {
    const { columns, rows, aisle_after: aisle } = shown.rest.sitting;
    const cut = aisle > 0 && aisle < columns;
    this.columns = columns;
    this.tiles.clear();
    this.box.style.gridTemplateColumns = cut
      ? `repeat(${aisle}, minmax(0, 1fr)) var(--aisle) repeat(${columns - aisle}, minmax(0, 1fr))`
      : `repeat(${columns}, minmax(0, 1fr))`;
    this.box.style.gridTemplateRows = `repeat(${rows}, minmax(0, 1fr))`;
    const nodes: HTMLElement[] = [];
    for (const seat of shown.seats.values()) {
      const column = (seat.seat - 1) % columns;
      const button = h("button", {
        type: "button",
        class: "tile",
        "data-test": `seat-${seat.seat}`,
        tabindex: seat.seat === this.reachable ? 0 : -1,
        click: () => this.onSelect(seat.seat),
        focus: () => this.reach(seat.seat),
      });
      button.style.gridColumn = String(column + 1 + (cut && column >= aisle ? 1 : 0));
      button.style.gridRow = String(Math.floor((seat.seat - 1) / columns) + 1);
      this.tiles.set(seat.seat, { button, look: "", status: null });
      nodes.push(button);
    }
    if (cut) nodes.push(this.aisle(aisle, rows));
    this.box.replaceChildren(...nodes);
    const spare = [...shown.seats.values()].filter((seat) => seat.use === "spare").length;
    say(byId("floor-note"), t("machines", { n: shown.seats.size, spare }));
  }

  private aisle(after: number, rows: number): HTMLElement {
    const strip = h("span", { class: "aisle", "aria-hidden": "true" }, t("aisle"));
    strip.style.gridColumn = String(after + 1);
    strip.style.gridRow = `1 / ${rows + 1}`;
    return strip;
  }

  private showSeat(seat: ShownSeat, now: number, selected: boolean): void {
    const tile = this.tiles.get(seat.seat);
    if (!tile) return;
    const { heardAt: _heardAt, since_ms: _since, left_ms: _left, ...lasting } = seat;
    const look = JSON.stringify(lasting);
    if (look !== tile.look) {
      tile.look = look;
      this.draw(tile, seat);
    }
    tile.button.setAttribute("aria-pressed", String(selected));
    if (tile.status) say(tile.status, wordOf(seat, now));
  }

  private draw(tile: Tile, seat: ShownSeat): void {
    const { button } = tile;
    const word = t(`state_${seat.state}`);
    button.className = `tile is-${seat.state}${waits(seat) ? " has-hand" : ""}`;
    const mark = iconOf(seat);
    const corner = mark
      ? icon(mark, 20)
      : h("span", { class: "count", "aria-hidden": "true" }, seat.state === "working" ? String(seat.answered) : "");
    const head = h("span", { class: "tile-head" }, h("b", {}, seatNumber(seat.seat)), corner);
    tile.status = null;
    if (seat.state === "working") {
      const note = noteOf(seat);
      button.replaceChildren(
        head,
        h("span", { class: "who" }, seat.name),
        h("span", { class: "note" }, note ?? ""),
        h("span", { class: "unseen" },
          `${word} ${t("answered_of", { n: seat.answered, of: seat.count })}`),
        progress(seat),
      );
      return;
    }
    tile.status = h("span", { class: "status" }, word);
    const who = seat.name ?? (seat.use === "spare" ? t("spare_free") : "");
    button.replaceChildren(
      head,
      h("span", { class: "who" }, who),
      h("span", { class: "note" }, noteOf(seat) ?? ""),
      tile.status,
    );
  }

  private reach(number: number): void {
    if (number === this.reachable) return;
    this.tiles.get(this.reachable)?.button.setAttribute("tabindex", "-1");
    this.tiles.get(number)?.button.setAttribute("tabindex", "0");
    this.reachable = number;
  }

  private walk(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    if (!step) return;
    const column = (this.reachable - 1) % this.columns;
    if (step[1] !== 0 && (column + step[1] < 0 || column + step[1] >= this.columns)) return;
    const next = this.reachable + step[0] * this.columns + step[1];
    if (!this.tiles.has(next)) return;
    event.preventDefault();
    this.focus(next);
  }
}

function progress(seat: ShownSeat): HTMLElement {
  const done = h("span", { class: "done" });
  done.style.width = `${seat.count ? (100 * seat.answered) / seat.count : 0}%`;
  return h("span", { class: "progress" }, done);
}
