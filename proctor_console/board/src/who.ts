// Who passes: by city, by unit, by trade; each row with its share drawn.

import { h, s } from "./dom";
import { known, t } from "./words";
import type { GroupCard, GroupDetail } from "./line_types";

export type By = "city" | "unit" | "trade";
const ALL: By[] = ["city", "unit", "trade"];

interface Row {
  name: string;
  valid: number;
  reached: number | null;
  line: string | null;
  own: boolean;
}

/** The panel; `cards`: every group of the exam, for the trades beside this one. */
export function who(group: GroupDetail, cards: GroupCard[], by: By, choose: (by: By) => void): HTMLElement {
  const rows = { city: cities, unit: units, trade: (one: GroupDetail) => trades(one, cards) }[by](group);
  return h("section", { class: "panel who" },
    h("div", { class: "section-head" }, h("h2", {}, t("who_passes")),
      h("div", { class: "choices", role: "group", "aria-label": t("who_passes") }, ...ALL.map((one) =>
        h("button", { type: "button", class: "choice", "aria-pressed": String(one === by),
          "data-key": `by-${one}`, "data-test": `by-${one}`, click: () => choose(one) }, t(`by_${one}`))))),
    h("div", { class: "who-rows", tabindex: 0, role: "region", "aria-label": t(`by_${by}`) },
      h("table", { class: "figures" },
        h("thead", {}, h("tr", {}, ...[t(`by_${by}`), t("cut_line"), t("valid"), t("reaching"),
          t("reaching_rate")].map((head) => h("th", { scope: "col" }, head)), h("td"))),
        h("tbody", {}, ...rows.map(row)))),
    h("p", { class: "muted" }, t(`by_${by}_note`)));
}

function row(one: Row): HTMLElement {
  const share = one.reached === null || one.valid === 0 ? null : one.reached / one.valid;
  return h("tr", { class: one.own ? "is-own" : "" },
    h("th", { scope: "row", title: one.name }, one.name), h("td", {}, one.line ?? "—"),
    h("td", {}, String(one.valid)), h("td", {}, one.reached === null ? "—" : String(one.reached)),
    h("td", {}, share === null ? "—" : `${(100 * share).toFixed(1)}%`),
    h("td", { class: "bar-cell" }, share !== null && bar(share)));
}

/** A share of the whole as a bar; the figure stands beside it. */
export function bar(share: number): SVGSVGElement {
  return s("svg", { class: "share-bar", width: 56, height: 12, viewBox: "0 0 56 12", "aria-hidden": "true" },
    s("rect", { class: "whole", x: 0.5, y: 0.5, width: 55, height: 11 }),
    s("rect", { class: "reached", x: 0.5, y: 0.5, width: Math.max(0, 55 * share), height: 11 }));
}

function cities(group: GroupDetail): Row[] {
  return group.cities.map((one) => ({ name: one.city, valid: one.valid,
    reached: one.line === null ? null : one.reached, line: one.line, own: one.city === group.city }));
}

function units(group: GroupDetail): Row[] {
  return group.units.map((one) => ({ name: one.unit, valid: one.valid,
    reached: group.line === null ? null : one.reached, line: group.line, own: false }));
}

/** Other trades of the same city and level stand under their own lines, this one under the line looked at. */
function trades(group: GroupDetail, cards: GroupCard[]): Row[] {
  return cards.filter((card) => card.city === group.city && card.level === group.level).map((card) => {
    const here = card.key === group.key;
    const state = known(`line_${card.state}`) ?? "";
    return { name: here || card.state === "effective" ? card.trade : `${card.trade}（${state}）`,
      valid: here ? group.counts.valid : card.counts.valid,
      reached: here ? (group.line === null ? null : group.reached) : card.reached,
      line: here ? group.line : card.line, own: here };
  });
}
