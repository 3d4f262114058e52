// The time account of one attempt: used solid, lost hatched, left open, granted dotted.

import { h, s } from "./dom";
import { minutes } from "./times";
import { t } from "./words";
import type { AttemptDetail } from "./types";

const WIDTH = 1000;
const HEIGHT = 60;

/** The bar and the figures that add up: allotted + granted = used + left. */
export function ledger(attempt: AttemptDetail, left: number, suggestSeconds: number): HTMLElement {
  const leftMs = Math.floor(left / 1000) * 1000; // whole seconds, so that the figures add up
  const { allotted_ms: allotted, granted_ms: granted, lost_ms: lost } = attempt.time;
  const total = Math.max(1, allotted + granted);
  const spent = Math.max(0, total - leftMs);
  const figures: [string, string, string][] = [
    ["", t("ledger_allotted"), minutes(allotted)],
    ["granted", t("ledger_granted"), minutes(granted)],
    ["used", t("ledger_used"), minutes(spent)],
    ["lost", t("ledger_lost"), minutes(lost)],
  ];
  if (suggestSeconds > 0)
    figures.push(["suggest", t("ledger_suggest"), minutes(suggestSeconds * 1000)]);
  return h(
    "section",
    { class: "ledger" },
    h("div", { class: "section-head" }, h("h3", {}, t("ledger")),
      h("p", {}, swatch("left"), t("ledger_left"), " ", h("b", {}, minutes(leftMs)))),
    bar(total, spent, Math.min(lost, spent), granted),
    h("dl", { class: "ledger-figures" },
      ...figures.map(([kind, name, value]) => h("div", { class: `is-${kind}` },
        h("dt", {}, kind && kind !== "suggest" && swatch(kind), name), h("dd", {}, value)))),
  );
}

function bar(total: number, spent: number, lost: number, granted: number): SVGElement {
  const x = (ms: number): number => Math.round((WIDTH * ms) / total);
  const used = x(spent - lost);
  const end = x(spent);
  const from = x(total - granted);
  return s(
    "svg",
    { class: "ledger-bar", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none",
      "aria-hidden": "true" },
    s("rect", { class: "frame", x: 0, y: 0, width: WIDTH, height: HEIGHT }),
    s("rect", { class: "granted", x: from, y: 0, width: WIDTH - from, height: HEIGHT }),
    s("rect", { class: "used", x: 0, y: 0, width: used, height: HEIGHT }),
    s("rect", { class: "lost", x: used, y: 0, width: end - used, height: HEIGHT }),
  );
}

function swatch(kind: string): SVGElement {
  return s("svg", { class: "swatch", width: 12, height: 12, "aria-hidden": "true" },
    s("rect", { class: kind, x: 0.5, y: 0.5, width: 11, height: 11 }));
}
