// A roster is shown as the server understood it, and then taken in by a second press: the file
// itself stays with the browser in between, no copy of it lies anywhere.

import "../styles/console.css";
import { byId, h, redraw, say } from "./dom";
import { Refused, upload } from "./net";
import { t, type Word } from "./words";

interface Line {
  row: number; name: string; id_masked: string; city: string; unit: string; trade: string;
  trade_as_written: string; level: string; route: string; place: string; doubts: string;
}

interface Preview {
  form: string; people: number; seated: boolean; sits: number; not_sitting: number;
  unpaid: number; conditional: number; doubtful: number; ignored: string[]; lines: Line[];
}

interface Checked {
  preview: Preview;
  remarks: { row: number; column: string; text: string }[];
  photos: { given: number; used: number };
}

const form = byId<HTMLFormElement>("roster");
const problem = byId("roster-problem");
const found = byId("roster-found");
const progress = byId<HTMLProgressElement>("roster-progress");
const path = `/console/api/exam/${form.dataset.exam ?? ""}/roster`;

/** One request with everything that was filled in; a refusal is shown with its places. */
async function ask<T>(where: string): Promise<T | null> {
  say(problem, "");
  progress.hidden = false;
  form.inert = true;
  try {
    return await upload<T>(where, new FormData(form));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(problem, error.message);
    return null;
  } finally {
    progress.hidden = true;
    form.inert = false;
  }
}

function counts(of: Preview): HTMLElement {
  const shown: [Word, number][] = [
    ["roster_people", of.people], ["roster_sits", of.sits],
    ["roster_not_sitting", of.not_sitting], ["roster_unpaid", of.unpaid],
    ["roster_conditional", of.conditional], ["roster_doubtful", of.doubtful],
  ];
  return h("dl", { class: "summary", "data-test": "roster-counts" },
    ...shown.map(([word, count]) => h("div", {}, h("dd", {}, String(count)), h("dt", {}, t(word)))));
}

function table(of: Preview): HTMLElement {
  const heads: Word[] = ["roster_row", "roster_name", "roster_id", "roster_unit", "roster_city",
    "roster_trade", "roster_level", "roster_route", "roster_place", "roster_doubts"];
  const line = (one: Line): HTMLElement => h("tr", {},
    h("td", { class: "number" }, String(one.row)), h("th", { scope: "row" }, one.name),
    h("td", { class: "digest" }, one.id_masked), h("td", { class: "unit" }, one.unit),
    h("td", {}, one.city),
    h("td", {}, one.trade, one.trade_as_written && h("small", { class: "muted" }, ` ${one.trade_as_written}`)),
    h("td", {}, one.level), h("td", {}, one.route || "—"), h("td", {}, one.place || "—"),
    h("td", { class: "unit", title: one.doubts }, one.doubts || "—"));
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("roster_lines") },
    h("table", { class: "sheet", "data-test": "roster-lines" },
      h("thead", {}, h("tr", {}, ...heads.map((word) => h("th", { scope: "col" }, t(word))))),
      h("tbody", {}, ...of.lines.map(line))));
}

function show({ preview, remarks, photos }: Checked): void {
  const go = h("button", { class: "button is-primary", type: "button", "data-test": "roster-go" },
    t("roster_import", { n: preview.people }));
  go.addEventListener("click", () => void takeIn());
  redraw(found,
    h("div", { class: "register-head" }, counts(preview), go),
    h("p", {}, preview.form ? t("roster_form", { name: preview.form }) : t("roster_no_form"), " ",
      preview.seated ? t("roster_seated") : t("roster_waits")),
    photos.given > 0 && h("p", { "data-test": "roster-photos-used" }, t("roster_photos", photos)),
    preview.ignored.length > 0 && h("p", { class: "notice" },
      t("roster_ignored", { columns: preview.ignored.join("、") })),
    remarks.length > 0 && h("section", { class: "remarks", "data-test": "roster-remarks" },
      h("h2", {}, t("roster_remarks")),
      h("ul", {}, ...remarks.map((one) => h("li", {}, h("b", {}, t("cell", { row: one.row, column: one.column })), one.text)))),
    table(preview),
    preview.people > preview.lines.length && h("p", { class: "muted" },
      t("roster_first", { n: preview.lines.length })));
}

async function takeIn(): Promise<void> {
  const done = await ask<{ registered: number }>(path);
  if (done) location.assign(`/console/exam/${form.dataset.exam ?? ""}/register`);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  redraw(found);
  void ask<Checked>(`${path}/check`).then((checked) => checked && show(checked));
});
// what was shown is of the file and the words that were there then
form.addEventListener("change", () => redraw(found));
