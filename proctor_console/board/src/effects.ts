// What the line does: the figures, the table around it, the ties, the cities.

import { h, s } from "./dom";
import { method } from "./method";
import { spread, type OnMove } from "./spread";
import { bar } from "./who";
import { known, t, type Word } from "./words";
import type { GroupDetail, LineParams } from "./line_types";

export interface Hooks {
  move: OnMove;
  change: (params: LineParams) => void;
  decide: HTMLElement;
  judges: HTMLElement;
  who: HTMLElement;
}

/** The line and its consequences in one row. */
export function effects(group: GroupDetail): HTMLElement {
  const base = t(`rate_base_${group.params.rate_base}` as Word);
  const figure = (name: string, value: string, unit: string, test?: string): HTMLElement =>
    h("div", { class: "effect" }, h("dt", {}, name),
      h("dd", {}, h("span", { "data-test": test }, value), h("small", {}, unit)));
  const notes = group.notes.map((note) => known(`note_${note}`)).filter(Boolean).join("");
  return h("section", { class: "panel effects", "aria-live": "polite" },
    h("dl", {},
      h("div", { class: "effect is-line" }, h("dt", {}, t("cut_line")),
        h("dd", { "data-test": "line-value" }, group.counts.valid === 0 ? "—" : group.line ?? "—",
          h("small", {}, t("points")))),
      figure(t("reaching"), String(group.reached), t("people"), "reached"),
      figure(t("reaching_rate"), rate(group.reached, group.base), ` / ${base} ${group.base}`),
      figure(t("ties_at_line"), String(group.at_line), t("people")),
      figure(t("one_below"), String(group.one_below), t("people"))),
    h("div", { class: "effects-notes" },
      h("p", {}, madeOf(group)),
      group.below_minimum > 0 && h("p", {}, t("below_minimum", { n: group.below_minimum })),
      group.conditional_reached > 0 && h("p", {}, t("held", { n: group.conditional_reached })),
      group.quota !== null && h("p", {}, t(group.params.mode === "fail_cap" ? "quota_fail" : "quota",
        { n: group.quota, line: group.quota_line ?? "—" })),
      group.earlier && h("p", {}, t("earlier_line", { year: group.earlier.year, line: group.earlier.line,
        n: group.earlier.reached, valid: group.earlier.valid })),
      group.practical && h("p", {}, t("practical_note")),
      notes !== "" && h("p", { class: "warn" }, notes)));
}

/** The drawing and everything under it. */
export function panels(group: GroupDetail, hooks: Hooks): HTMLElement {
  if (group.counts.valid === 0)
    return h("section", { class: "panel" }, h("p", { class: "empty" }, t("nothing_to_draw")));
  return h("div", { class: "line-grid" },
    h("section", { class: "panel picture" },
      h("div", { class: "section-head" }, h("h2", {}, t("spread")), legend(hooks.move !== null)),
      spread(group, hooks.move)),
    h("div", { class: "line-side" }, method(group, hooks.change), hooks.decide, hooks.judges),
    around(group),
    ties(group),
    hooks.who);
}

/** Registered less everybody who has no valid score: only what there is. */
function madeOf(group: GroupDetail): string {
  const { counts } = group;
  const less = (["absent", "partial", "voided", "conditional", "pending"] as const)
    .filter((name) => counts[name] > 0).map((name) => ` − ${t(`less_${name}`)} ${counts[name]}`);
  return `${t("registered")} ${counts.registered}${less.join("")} = ${t("valid_n", { n: counts.valid })}`;
}

function rate(reached: number, base: number): string {
  return base === 0 ? "—" : `${((100 * reached) / base).toFixed(1)}%`;
}

function legend(movable: boolean): HTMLElement {
  const key = (kind: string, text: string): HTMLElement =>
    h("span", { class: "key" }, s("svg", { width: 14, height: 14, "aria-hidden": "true" },
      s("rect", { class: kind, x: 0.5, y: 0.5, width: 13, height: 13 })), text);
  return h("p", { class: "keys" }, key("reached", t("reached_key")), key("under", t("under_key")),
    movable && h("span", {}, t("drag_hint")));
}

function around(group: GroupDetail): HTMLElement {
  const rows = group.around.map((row) =>
    h("tr", { class: row.difference === 0 && row.line === group.line ? "is-here" : "" },
      h("th", { scope: "row" }, t("n_points", { n: row.line })),
      h("td", {}, String(row.reached)),
      h("td", {}, rate(row.reached, group.base)),
      h("td", { class: "bar-cell" }, bar(group.counts.valid === 0 ? 0 : row.reached / group.counts.valid)),
      h("td", {}, row.line === group.line ? "—" : row.difference > 0 ? `+${row.difference}` : String(row.difference)),
      h("td", {}, String(row.ties))));
  return h("section", { class: "panel around" }, h("h2", {}, t("around")),
    rows.length === 0 ? h("p", { class: "muted" }, t("nobody_reaches"))
      : h("table", { class: "figures" },
          h("thead", {}, h("tr", {}, ...["cut_line", "reaching", "reaching_rate", "", "compared_to", "ties"].map(
            (word) => word === "" ? h("td") : h("th", { scope: "col" }, t(word as Word, { line: group.line ?? "" }))))),
          h("tbody", {}, ...rows)));
}

function ties(group: GroupDetail): HTMLElement {
  const subjects = (row: Record<string, string>): string =>
    group.columns.map((column) => row[column.id] ?? "—").join(" + ");
  return h("section", { class: "panel ties" },
    h("div", { class: "section-head" }, h("h2", {}, t("exactly", { line: group.line ?? "—" })),
      h("p", {}, t("n_people", { n: group.at_line }))),
    group.ties.length === 0 ? h("p", { class: "muted" }, t("no_ties"))
      : h("table", { class: "figures" }, h("tbody", {}, ...group.ties.map((each) =>
          h("tr", {}, h("th", { scope: "row" }, each.name), h("td", {}, each.unit || each.city),
            h("td", {}, subjects(each.subjects)))))),
    group.at_line > group.ties.length
      && h("p", { class: "muted" }, t("and_more", { n: group.at_line - group.ties.length })),
    h("p", { class: "muted" }, t("inclusive")));
}
