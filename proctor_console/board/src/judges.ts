// The judges' sheets: out empty, back filled in, and how far their judges agree.

import { h, s } from "./dom";
import { minutesPlain } from "./times";
import { language, t, type Word } from "./words";
import type { Agreement, GroupDetail, LineParams, PanelCard } from "./line_types";

export interface JudgesHooks {
  exam: string;
  change: (params: LineParams) => void;
  takeIn: (file: File) => void;
}

type Method = "angoff" | "hofstee";
const METHODS: Method[] = ["angoff", "hofstee"];
const JUDGES = 7; // columns of an empty sheet; more can be added in it

/** The panel: what was taken in, what can be filled in, and the agreement of those in use. */
export function judges(group: GroupDetail, hooks: JudgesHooks): HTMLElement {
  return h("section", { class: "panel judges" },
    h("h2", {}, t("judges")),
    group.panels.length === 0 && h("p", { class: "muted" }, t("judges_none")),
    h("ul", { class: "sheets" }, ...group.panels.map((card) => sheet(card, group, hooks))),
    h("p", {}, ...METHODS.flatMap((method) => [
      h("a", { href: `/console/api/exams/${hooks.exam}/judges/empty?method=${method}&judges=${JUDGES}`,
        download: true, "data-test": `judges-empty-${method}` }, t(`judges_empty_${method}`)), " "])),
    h("label", { class: "field" }, h("span", {}, t("judges_import")),
      h("input", { type: "file", accept: ".xlsx,.xls,.csv", "data-key": "judges-file",
        "data-test": "judges-file", change: (event) => {
          const file = (event.target as HTMLInputElement).files?.[0];
          if (file) hooks.takeIn(file);
        } })),
    group.judges && agreed(group, group.judges.agreement, group.judges.yes_no));
}

function sheet(card: PanelCard, group: GroupDetail, hooks: JudgesHooks): HTMLElement {
  const used = group.params.panel === card.digest && group.params.mode === card.method;
  return h("li", {},
    h("span", {}, `${t(`mode_${card.method}`)} · ${t("n_judges", { n: card.judges })}`),
    h("span", { class: "muted" }, `${card.imported_by}，${minutesPlain(card.imported_ms)}`),
    h("a", { href: `/console/api/exams/${hooks.exam}/judges/${card.digest}`, download: true },
      t("judges_download")),
    h("button", { type: "button", class: "button is-plain", "aria-pressed": String(used),
      "data-key": `judges-${card.digest}`, "data-test": "judges-use",
      click: () => hooks.change({ ...group.params, mode: card.method, panel: card.digest,
        basis: card.method === "angoff" ? "sum" : group.params.basis }) },
      t(used ? "judges_used" : "judges_use")));
}

function agreed(group: GroupDetail, found: Agreement, yesNo: boolean): HTMLElement {
  const line = found.spread["line"];
  const facts: [string, string | null][] = line
    ? [[t("judges_mean"), line.mean], [t("judges_deviation"), line.deviation],
      [t("judges_error"), line.error], [t("judges_icc_one"), found.icc_one],
      [t("judges_icc_mean"), found.icc_mean],
      [t("judges_unanimous"), found.unanimous && percent(found.unanimous)]]
    : [];
  return h("div", { class: "agreement" },
    h("h3", {}, t("judges_agreement"), yesNo && ` · ${t("judges_yes_no")}`),
    line && dots(group, found),
    facts.length > 0 && h("dl", { class: "pairs" }, ...facts.flatMap(([name, value]) =>
      [h("dt", {}, name), h("dd", {}, value ?? "—")])),
    !line && four(found),
    found.disputed.length > 0 && h("p", {}, `${t("judges_disputed")} `,
      found.disputed.map((one) => t("judges_item_apart", { subject: subjectOf(group, one.item.subject),
        number: one.item.number, low: one.lowest, high: one.highest })).join("；")));
}

/** Every judge's own line as a dot on one scale, the line drawn through. */
function dots(group: GroupDetail, found: Agreement): SVGSVGElement {
  const own = found.judges.map((judge) => ({ name: judge.name, line: Number(judge.line) }));
  const line = Number(group.line ?? 0);
  const low = Math.min(line, ...own.map((one) => one.line)) - 2;
  const high = Math.max(line, ...own.map((one) => one.line)) + 2;
  const x = (value: number): number => 10 + (340 * (value - low)) / Math.max(1, high - low);
  return s("svg", { class: "judge-dots", viewBox: "0 0 360 64", role: "img",
    "aria-label": own.map((one) => `${one.name} ${one.line}`).join("，") },
    s("line", { class: "axis", x1: 10, x2: 350, y1: 32, y2: 32 }),
    s("line", { class: "own-line", x1: x(line), x2: x(line), y1: 8, y2: 46 }),
    s("text", { x: x(line), y: 61, "text-anchor": "middle" }, String(line)),
    ...own.map((one) => {
      const dot = s("circle", { class: "judge", cx: x(one.line), cy: 32, r: 6 });
      dot.append(s("title", {}, `${one.name} ${one.line}`));
      return dot;
    }));
}

/** Hofstee: four numbers per judge, and their means. */
function four(found: Agreement): HTMLElement {
  const names = ["c_min", "c_max", "f_min", "f_max"] as const;
  const shown = (name: string, value: string): string =>
    name.startsWith("f") ? percent(value) : value;
  return h("table", { class: "figures" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("judge")),
      ...names.map((name) => h("th", { scope: "col" }, t(`judges_${name}` as Word))))),
    h("tbody", {},
      ...found.judges.map((judge) => h("tr", {}, h("th", { scope: "row" }, judge.name),
        ...names.map((name) => h("td", {}, judge.accepts ? shown(name, judge.accepts[name]) : "—")))),
      h("tr", { class: "is-own" }, h("th", { scope: "row" }, t("judges_mean")),
        ...names.map((name) => h("td", {}, shown(name, found.spread[name]?.mean ?? "0")))),
      h("tr", {}, h("th", { scope: "row" }, t("judges_deviation")),
        ...names.map((name) => h("td", {}, found.spread[name]?.deviation == null ? "—"
          : shown(name, found.spread[name]?.deviation ?? "0"))))));
}

function percent(share: string): string {
  return `${(Number(share) * 100).toFixed(1)}%`;
}

function subjectOf(group: GroupDetail, id: string): string {
  const column = group.columns.find((one) => one.id === id);
  return (language === "en" ? column?.name_en : column?.name) ?? id;
}
