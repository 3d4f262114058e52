// What stands on the right while nobody is selected: the day's steps, and is everyone there.

import { h, icon, redraw, say } from "./dom";
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
        h("p", { class: "digest", "data-test": "head" }, shortHead(head.digest)),
        h("p", { class: "muted" }, t("head_note", { n: head.seq })),
        h("p", { class: "digest-whole", "data-test": "head-whole" }, `${head.seq}:${head.digest}`),
        h("div", { class: "acts-row" },
          h("button", { type: "button", class: "button is-plain", "data-key": "head-copy",
            click: (event) => void copy(event.currentTarget as Element, `${head.seq}:${head.digest}`) },
            t("head_copy")),
          h("a", { class: "button is-plain", "data-key": "sheet", "data-test": "room-sheet",
            href: `/console/sitting/${sitting.id}/paper/room_log.pdf`, target: "_blank" }, t("room_sheet")),
          h("a", { class: "button is-plain", "data-key": "paper",
            href: `/console/paper?sitting=${sitting.id}` }, t("paper_of_room"))),
        h("p", { class: "muted hint" }, t("pick_seat")),
      ),
    );
  }
}

/** On plain http there is no clipboard: the text above can still be selected whole. */
async function copy(button: Element, text: string): Promise<void> {
  if (!navigator.clipboard) return;
  await navigator.clipboard.writeText(text);
  say(button, t("head_copied"));
}

/** The first 16 hex digits in groups of four, as on the printed sheet. */
export function shortHead(hex: string): string {
  return hex.slice(0, 16).toUpperCase().replace(/(.{4})(?=.)/g, "$1 ");
}
