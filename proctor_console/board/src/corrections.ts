// Correcting a scoring key: a proposal, its trial with progress, and the steps that people take.

import "../styles/console.css";
import { beforeAfter } from "./before_after";
import { dialog } from "./dialog";
import { byId, say } from "./dom";
import { LONG_WAIT_MS, Refused, post } from "./net";
import { scoring } from "./scoring";
import { t } from "./words";

const WITH_LETTERS = new Set(["key", "accept"]);

function field<T extends HTMLElement>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`${selector} is not on this page`);
  return found;
}

function propose(form: HTMLFormElement): void {
  const exam = form.dataset.exam ?? "";
  const paper = byId<HTMLSelectElement>("form");
  const letters = byId<HTMLInputElement>("letters");
  const problem = byId("propose-problem");
  const items = [...form.querySelectorAll<HTMLSelectElement>(".items")];
  const change = (): string => field<HTMLInputElement>("input[name=change]:checked").value;
  const shown = (): HTMLSelectElement | undefined => items.find((one) => one.dataset.form === paper.value);
  paper.addEventListener("change", () => items.forEach((one) => (one.hidden = one !== shown())));
  form.addEventListener("change", () => {
    byId("letters-field").hidden = !WITH_LETTERS.has(change());
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say(problem, "");
    const one = { form: paper.value, item: shown()?.value ?? "", change: change(),
      letters: WITH_LETTERS.has(change()) ? letters.value.trim().toLowerCase() : "" };
    const reason = byId<HTMLTextAreaElement>("reason").value;
    void post<{ id: string }>(`/console/api/exams/${exam}/corrections`, { changes: [one], reason })
      .then((made) => location.assign(`/console/corrections/${made.id}`))
      .catch((error: unknown) => tell(problem, error));
  });
}

function tell(box: HTMLElement, error: unknown): void {
  if (!(error instanceof Refused)) throw error;
  say(box, error.message);
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
