// What stands on the right when a machine is picked at which nobody sits.

import { h, icon, redraw } from "./dom";
import { iconOf } from "./look";
import { markWorkstation } from "./machine_acts";
import { seatNumber } from "./times";
import { t, type Word } from "./words";
import type { ShownSeat } from "./link";
import type { Done } from "./types";

export class WorkstationPanel {
  private look = "";

  constructor(
    private readonly box: HTMLElement,
    private readonly sittingId: string,
    private readonly onClose: () => void,
    private readonly done: Done,
  ) {}

  /** Forget what was drawn: the next `show` draws anew. */
  clear(): void {
    this.look = "";
  }

  show(seat: ShownSeat): void {
    const look = JSON.stringify([seat.seat, seat.state, seat.went_to]);
    if (look === this.look) return;
    this.look = look;
    const mark = iconOf(seat);
    const back = seat.state === "out_of_use";
    redraw(
      this.box,
      h("header", { class: "drawer-head" },
        h("b", { class: "drawer-seat" }, seatNumber(seat.seat)),
        h("h2", {}, t(back ? "machine" : "spare_free")),
        h("p", { class: `badge is-${seat.state}` }, mark && icon(mark, 18),
          h("span", {}, t(`state_${seat.state}` as Word))),
        h("button", { type: "button", class: "close", "aria-label": t("close_drawer"),
          "data-key": "close", click: this.onClose }, icon("cross", 20))),
      h("div", { class: "drawer-body" },
        seat.went_to !== null && h("p", {}, t("went_to_text", { n: seatNumber(seat.went_to) })),
        h("p", { class: "muted" }, t(back ? "out_of_use_note" : "spare_note"))),
      h("footer", { class: "drawer-foot" },
        h("div", { class: "acts" },
          h("button", { type: "button", class: "button is-plain", "data-key": "workstation",
            "data-test": "action-workstation",
            click: () => void markWorkstation(this.sittingId, seat, this.done) },
            icon(back ? "check" : "cross"), t(back ? "act_spare_again" : "act_out_of_use")))),
    );
  }
}
