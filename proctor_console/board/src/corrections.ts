// Correcting a scoring key: a proposal, its trial with progress, and the steps that people take.

import "../styles/console.css";
import { beforeAfter } from "./before_after";
import { ChangeRows } from "./change_rows";
import { dialog } from "./dialog";
import { byId, say } from "./dom";
import { LONG_WAIT_MS, Refused, post } from "./net";
import { scoring } from "./scoring";
import { t } from "./words";

function propose(form: HTMLFormElement): void {
  const rows = new ChangeRows();
  const problem = byId("propose-problem");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say(problem, "");
    rows.pointAt(null);
    const body = { changes: rows.changes(), reason: byId<HTMLTextAreaElement>("reason").value };
    void post<{ id: string }>(`/console/api/exams/${form.dataset.exam ?? ""}/corrections`, body)
      .then((made) => location.assign(`/console/corrections/${made.id}`))
      .catch((error: unknown) => {
        if (!(error instanceof Refused)) throw error;
        say(problem, error.message);
        rows.pointAt(error.facts.item);
      });
  });
}

/** The acts of one correction; each asks for what it needs and says what it does. */
function acts(page: HTMLElement): void {
  const path = `/console/api/corrections/${page.dataset.id ?? ""}`;
  const go: Record<string, () => Promise<boolean>> = {
    try: () => dialog({ title: t("trial_title"), text: t("trial_text"), text_label: t("bell_codes"),
      second: "always", go: t("trial_go"),
      send: (given) => scoring(`${path}/try`, { codes: given.text, second: given.second }) }),
    approve: () => dialog({ title: t("approve_correction"), text: t("approve_correction_text"),
      go: t("approve_go"), send: () => post(`${path}/approve`, {}, LONG_WAIT_MS) }),
    reject: () => dialog({ title: t("reject_correction"), reason: [], go: t("reject_go"), danger: true,
      send: (given) => post(`${path}/reject`, { reason: given.reason }) }),
    withdraw: () => dialog({ title: t("withdraw_correction"), reason: [], go: t("withdraw_go"),
      send: (given) => post(`${path}/withdraw`, { reason: given.reason }) }),
  };
  for (const button of page.querySelectorAll<HTMLButtonElement>("[data-act]"))
    button.addEventListener("click", () => {
      void go[button.dataset.act ?? ""]?.().then((done) => done && location.reload());
    });
}

const proposal = document.getElementById("propose");
if (proposal instanceof HTMLFormElement) propose(proposal);
const page = document.getElementById("correction");
if (page) acts(page);
const bars = document.getElementById("bars");
if (bars) bars.append(beforeAfter(JSON.parse(bars.dataset.bars ?? "[]"), JSON.parse(bars.dataset.lines ?? "[]")));
