// How the line is drawn: the method and its numbers (DOMAIN C10).

import { h } from "./dom";
import { language, t, type Word } from "./words";
import type { GroupDetail, LineParams, Mode } from "./line_types";

type Change = (params: LineParams) => void;
const JUDGED = new Set<Mode>(["angoff", "hofstee"]);
const MODES: Mode[] = ["line", "fixed", "rate", "and", "or", "floor_then_rate", "bounds", "fail_cap"];
const RATED = new Set<Mode>(["rate", "and", "or", "floor_then_rate", "bounds"]);
const NAMED = new Set<Mode>(["line", "and", "or", "floor_then_rate", "fail_cap"]);

/** Whether a person names the line, so that it can be moved by hand. */
export function isNamed(mode: Mode): boolean {
  return NAMED.has(mode);
}

/** The chooser: only the fields that the method uses. */
export function method(group: GroupDetail, change: Change): HTMLElement {
  const { params } = group;
  const set = (part: Partial<LineParams>): void => change(complete({ ...params, ...part }, group));
  return h(
    "section",
    { class: "panel method" },
    h("h2", {}, t("method")),
    choice("mode", t("method_by"), modesOf(group), params.mode,
      (mode) => set({ mode: mode as Mode })),
    h("div", { class: "method-fields" },
      choice("basis", t("basis"), ["sum", "each_subject"], params.basis,
        (basis) => set({ basis: basis as LineParams["basis"], line: null })),
      NAMED.has(params.mode) && entry("line", t("line_points"),
        params.line ?? "", 1, (value) => set({ line: value === "" ? null : value })),
      RATED.has(params.mode) && entry("rate", t("rate_percent"), percent(params.rate), 0.1,
        (value) => set({ rate: value === "" ? null : fraction(value) })),
      params.mode === "fail_cap" && entry("fail_rate", t("fail_rate_percent"),
        percent(params.fail_rate), 0.1,
        (value) => set({ fail_rate: value === "" ? null : fraction(value) })),
      params.mode === "hofstee" && entry("grid", t("grid_points"), params.grid, 0.5,
        (value) => set({ grid: value === "" ? "1" : value })),
      params.mode === "bounds" && entry("low", t("low_points"), params.low ?? "", 1,
        (value) => set({ low: value === "" ? null : value })),
      params.mode === "bounds" && entry("high", t("high_points"), params.high ?? "", 1,
        (value) => set({ high: value === "" ? null : value })),
      RATED.has(params.mode) && choice("tie", t("tie"), ["include", "exclude"], params.tie,
        (tie) => set({ tie: tie as LineParams["tie"] })),
      RATED.has(params.mode) && choice("rounding", t("rounding"), ["floor", "round", "ceil"],
        params.rounding, (rounding) => set({ rounding: rounding as LineParams["rounding"] })),
      RATED.has(params.mode) && choice("rate_base", t("rate_base"),
        ["valid", "present", "registered"], params.rate_base,
        (base) => set({ rate_base: base as LineParams["rate_base"] })),
      ...group.columns.map((column) =>
        entry(`minimum-${column.id}`,
          t("minimum_of", { subject: language === "en" ? column.name_en : column.name }),
          params.minimum[column.id] ?? "", 1,
          (value) => set({ minimum: withMinimum(params.minimum, column.id, value) })))),
  );
}

/** A judges' method only where a sheet of theirs was taken in. */
function modesOf(group: GroupDetail): Mode[] {
  const judged = group.panels.map((card) => card.method);
  return [...MODES, ...[...JUDGED].filter((mode) => judged.some((method) => method === mode))];
}

/** Parameters that can draw a line: what the chosen method needs and lacks is filled in. */
function complete(params: LineParams, group: GroupDetail): LineParams {
  const full = params.basis === "sum"
    ? group.columns.reduce((sum, column) => sum + Number(column.full), 0)
    : Math.min(...group.columns.map((column) => Number(column.full)));
  const sixty = String(Math.round(full * 0.6));
  const made = { ...params };
  made.panel = JUDGED.has(made.mode) ? sheetFor(made, group) : null;
  if (made.mode === "angoff") made.basis = "sum";
  if (RATED.has(made.mode)) made.rate ??= "0.5";
  if (NAMED.has(made.mode)) made.line ??= (made.basis === group.params.basis && group.line) || sixty;
  if (made.mode === "fail_cap") made.fail_rate ??= "0.02";
  if (made.mode === "bounds") {
    made.low ??= sixty;
    made.high ??= String(full);
  }
  if (made.mode === "fixed" && Object.keys(made.minimum).length === 0) {
    made.line = null;
    made.minimum = Object.fromEntries(
      group.columns.map((column) => [column.id, String(Math.round(Number(column.full) * 0.6))]));
  }
  return made;
}

/** The sheet already chosen if it is one of the method, else the newest. */
function sheetFor(params: LineParams, group: GroupDetail): string | null {
  const sheets = group.panels.filter((card) => card.method === params.mode);
  return (sheets.find((card) => card.digest === params.panel) ?? sheets[0])?.digest ?? null;
}

function withMinimum(
  minimum: Record<string, string>,
  subject: string,
  value: string,
): Record<string, string> {
  const { [subject]: _old, ...others } = minimum;
  return value === "" ? others : { ...others, [subject]: value };
}

/** "0.5" ↔ "50": exact in both directions, no floating point in what is sent. */
function percent(rate: string | null): string {
  return rate === null ? "" : String(Math.round(Number(rate) * 100_000) / 1000);
}

function fraction(value: string): string {
  return (Math.round(Number(value) * 1000) / 100_000).toString();
}

function choice(
  name: string,
  label: string,
  values: string[],
  chosen: string,
  change: (value: string) => void,
): HTMLElement {
  const select = h("select", { "data-key": `method-${name}`, "data-test": `method-${name}`,
    change: (event) => change((event.target as HTMLSelectElement).value) },
    ...values.map((value) =>
      h("option", { value, selected: value === chosen }, t(`${name}_${value}` as Word))));
  return h("label", { class: "field" }, h("span", {}, label), select);
}

function entry(
  name: string,
  label: string,
  value: string,
  step: number,
  change: (value: string) => void,
): HTMLElement {
  return h("label", { class: "field is-short" }, h("span", {}, label),
    h("input", { type: "number", min: 0, step, value, "data-key": `method-${name}`,
      "data-test": `method-${name}`,
      change: (event) => change((event.target as HTMLInputElement).value) }));
}
