// 汇总: result packages go up one after another, each taken in or refused by itself; what
// contradicts the results that are there is decided with a reason; and what came in after a key was
// corrected is scored by the corrected one.

import "../styles/console.css";
import { dialog } from "./dialog";
import { h, say } from "./dom";
import { post, Refused, send } from "./net";
import { scoring } from "./scoring";
import { t } from "./words";

interface Imported {
  id: string;
  centre: string;
  rows: number;
  new: boolean;
  state: "counts" | "held" | "superseded" | "set_aside";
}

const at = <T extends HTMLElement>(id: string): T | null => document.getElementById(id) as T | null;
const problem = at("intake-problem");

/** What became of one file, in words. */
function told(found: Imported): string {
  if (!found.new) return t("package_known", { centre: found.centre });
  const word = found.state === "held" ? "package_held" : "package_counts";
  return t(word, { centre: found.centre, n: found.rows });
}

/** The sums and the table as they are now; what became of each file stays to be read. */
async function showArrivals(): Promise<void> {
  const page = await (await fetch(location.href)).text();
  const fresh = new DOMParser().parseFromString(page, "text/html").getElementById("arrivals");
  if (fresh) at("arrivals")?.replaceWith(fresh);
  offerLateScoring();
}

/** Two persons open the scoring key with the bell codes, as for the trial of a correction. */
function offerLateScoring(): void {
  at("late-score")?.addEventListener("click", () => {
    void dialog({ title: t("late_title"), text: t("late_text"), text_label: t("bell_codes"),
      second: "always", go: t("late_go"),
      send: (given) => scoring("/console/api/imported/late", { codes: given.text, second: given.second }),
    }).then((done) => done && location.reload());
  });
}

async function takeIn(files: File[], form: HTMLFormElement): Promise<void> {
  const [progress, bar, count, list] =
    [at("intake-progress"), at<HTMLProgressElement>("intake-bar"), at("intake-count"), at("intake-told")];
  if (!progress || !bar || !count || !list) return;
  const button = form.querySelector("button");
  if (button) button.disabled = true;
  progress.hidden = false;
  list.replaceChildren();
  bar.max = files.length;
  for (const [done, file] of files.entries()) {
    bar.value = done;
    count.textContent = t("package_progress", { done, n: files.length });
    try {
      const found = await send<Imported>("/console/api/imported", file);
      list.append(h("li", { class: found.state === "held" ? "is-held" : "" },
        h("a", { href: `/console/imported/${found.id}` }, told(found))));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      list.append(h("li", { class: "is-refused" }, `${file.name}：${error.message}`));
    }
  }
  bar.value = files.length;
  count.textContent = t("package_progress", { done: files.length, n: files.length });
  if (button) button.disabled = false;
  await showArrivals();
}

const form = at<HTMLFormElement>("intake");
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const files = [...(at<HTMLInputElement>("package")?.files ?? [])];
  if (files.length > 0) void takeIn(files, form);
});

async function decide(id: string, act: "accept" | "set-aside"): Promise<void> {
  const reason = at<HTMLInputElement>("held-reason")?.value.trim() ?? "";
  if (!problem) return;
  if (!reason) return say(problem, t("reason_missing"));
  try {
    const practical = at<HTMLSelectElement>("held-practical")?.value || null;
    await post(`/console/api/imported/${id}/${act}`, act === "accept" ? { reason, practical } : { reason });
    location.reload();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(problem, error.message);
  }
}

offerLateScoring();

const held = at("held")?.dataset["package"];
if (held) {
  at("held-accept")?.addEventListener("click", () => void decide(held, "accept"));
  at("held-aside")?.addEventListener("click", () => void decide(held, "set-aside"));
}
