// What stands on the right while nobody is selected: the day's steps, and is everyone there.

import { h, icon, redraw } from "./dom";
import { reckoning } from "./room_acts";
import { t, type Word } from "./words";
import type { Shown } from "./link";
import type { SittingState } from "./types";

const STEPS: SittingState[] = ["ready", "unsealed", "running", "closed", "scored"];
const ORDER: SittingState[] = ["planned", ...STEPS, "released"];

export class Overview {
  private look = "";

  constructor(private readonly box: HTMLElement) {}

  clear(): void {
    this.look = "";
  }

  show(shown: Shown): void {
    const { sitting, counts, head } = shown.rest;
    const look = JSON.stringify([sitting.state, counts, head.digest]);
    if (look === this.look) return;
    this.look = look;
    const reached = ORDER.indexOf(sitting.state);
    const steps = STEPS.map((state) => {
      const at = ORDER.indexOf(state);
      const kind = at < reached ? "done" : at === reached ? "current" : "ahead";
      return h("li", { class: `step is-${kind}`, "aria-current": kind === "current" ? "step" : undefined },
        icon(kind === "done" ? "check" : kind === "current" ? "dot" : "ring", 18),
        h("b", {}, t(`step_${state}` as Word)),
        h("span", {}, t(`step_${state}_note` as Word)));
    });
    redraw(
      this.box,
      h("header", { class: "drawer-head" }, h("h2", {}, t("this_sitting"))),
      h("div", { class: "drawer-body" },
        h("ol", { class: "steps" }, ...steps),
        h("h3", {}, t("reckoning")),
        h("dl", { class: "facts reckoning" }, ...reckoning(shown).map(([name, value]) =>
          h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
        h("h3", {}, t("head")),
        h("p", { class: "digest" }, digest(head.digest)),
        h("p", { class: "muted" }, t("head_note", { n: head.seq })),
        h("p", { class: "muted hint" }, t("pick_seat")),
      ),
    );
  }
}

/** The first 16 hex digits in groups of four, as on the printed sheet. */
function digest(hex: string): string {
  return hex.slice(0, 16).toUpperCase().replace(/(.{4})(?=.)/g, "$1 ");
}
