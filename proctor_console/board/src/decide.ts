// Deciding a line: where it stands, whose turn it is, and the acts that are the reader's own.

import { h, icon } from "./dom";
import { minutesPlain } from "./times";
import { t, type Word } from "./words";
import type { GroupDetail, LineAct, LineCard, LineState } from "./line_types";

/** What is written beside a step; `document`: the filing's number. */
export interface StepWords {
  reason: string;
  document: string;
}

export interface Deciding {
  reason: string;
  problem: string;
  words: StepWords;
  write: (reason: string) => void;
  missingReason: string;
  writeMissing: (reason: string) => void;
  propose: () => void;
  act: (line: LineCard, act: LineAct, words: StepWords) => void;
}

const OPEN = new Set<LineState>(["proposed", "approved", "filed"]);

/** Whose line it is, in words. */
export function drawnBy(city: string, filed: boolean): string {
  if (city === "") return t("drawn_by_province");
  return t(filed ? "drawn_by_city_filed" : "drawn_by_city", { city });
}

/** The steps of the newest line that goes on, each with who took it and when. */
export function track(group: GroupDetail): HTMLElement {
  const line = underWay(group) ?? group.lines.find((one) => one.state === "effective");
  const reached = line ? group.steps.indexOf(line.state) : -1;
  return h("ol", { class: "line-steps" }, ...group.steps.map((name, at) => {
    const taken = line?.steps.find((step) => step.step === name);
    const kind = at <= reached ? "done" : at === reached + 1 ? "current" : "ahead";
    return h("li", { class: `line-step is-${kind}`,
      "aria-current": kind === "current" ? "step" : undefined },
      icon(kind === "done" ? "check" : kind === "current" ? "dot" : "ring", 22),
      h("b", {}, t(`step_${name}` as Word)),
      h("span", {}, taken ? `${taken.by}，${minutesPlain(taken.at_ms)}` : whose(group, name)));
  }));
}

/** The panel: what is under way and what is in effect, then a new proposal. */
export function decide(group: GroupDetail, hooks: Deciding): HTMLElement {
  const open = underWay(group);
  const effective = group.lines.find((line) => line.state === "effective");
  const newest = group.lines[0];
  const stopped = newest && (newest.state === "returned" || newest.state === "reopened") ? newest : undefined;
  return h("section", { class: "panel decide" },
    hooks.problem !== "" && h("p", { class: "problem", role: "alert" }, hooks.problem),
    open && underWayCard(open, hooks),
    effective && standing(effective, "check"),
    stopped && standing(stopped, "cross"),
    group.may_propose ? proposal(group, Boolean(open ?? effective), Boolean(open), hooks)
      : h("p", { class: "muted" }, t("not_yours",
          { office: drawnBy(group.drawn_by, false) })));
}

function underWay(group: GroupDetail): LineCard | undefined {
  return group.lines.find((line) => OPEN.has(line.state));
}

function whose(group: GroupDetail, step: LineState): string {
  if (step === "proposed") return t("step_proposed_note");
  if (step === "filed") return t("step_filed_note");
  return group.office || drawnBy(group.drawn_by, false);
}

function standing(line: LineCard, sign: string): HTMLElement {
  const last = line.steps[line.steps.length - 1];
  return h("div", { class: "standing" },
    h("p", {}, icon(sign), h("b", {}, t(`stands_${line.state}` as Word, { line: line.line ?? t("nobody") })),
      last ? ` ${last.by}，${minutesPlain(last.at_ms)}` : ""),
    line.stale && h("p", { class: "warn" }, t("line_stale")),
    line.without && h("p", { class: "warn" }, t("packages_missing"),
      line.without.centres.map((one) => t("missing_centre", { centre: one.centre, n: one.people })).join("、"),
      `。${line.without.reason}`),
    ...line.steps.filter((step) => step.reason || step.document).map((step) =>
      h("p", { class: "muted" },
        [t(`step_${step.step}` as Word), step.document, step.reason].filter(Boolean).join("："))),
    h("p", { class: "muted" }, t("line_version", { version: line.version }),
      h("span", { class: "digest", title: t("snapshot_title") }, ` ${line.snapshot.slice(0, 12)}`)));
}

/** A line on its way: its acts, or who is waited for. */
function underWayCard(line: LineCard, hooks: Deciding): HTMLElement {
  const box = standing(line, "dot");
  const { words } = hooks;
  if (line.acts.includes("filed")) box.append(entry("document", t("filing_document"), words));
  if (line.acts.length > 0) box.append(entry("reason", t("step_reason"), words));
  const [forward] = line.acts.filter((act) => act !== "returned");
  if (forward) box.append(h("button", { type: "button", class: "button is-primary",
    "data-key": forward, "data-test": `line-${forward}`, click: () => hooks.act(line, forward, words) },
    icon("check"), t(`act_line_${forward}`, { line: line.line ?? t("nobody") })));
  else box.append(h("p", {}, t(line.own && line.state === "proposed" ? "waits_for_second" : "waits_for_other")));
  if (line.acts.includes("returned")) box.append(h("button", { type: "button",
    class: "button is-plain", "data-key": "returned", "data-test": "line-returned",
    click: () => hooks.act(line, "returned", words) }, t("act_line_returned")));
  return box;
}

function entry(name: keyof StepWords, label: string, words: StepWords): HTMLElement {
  return h("label", { class: "field" }, h("span", {}, label),
    h("input", { type: "text", maxlength: 500, value: words[name], "data-key": `step-${name}`,
      "data-test": `step-${name}`,
      input: (event) => (words[name] = (event.target as HTMLInputElement).value) }));
}

/** Announced packages that are not there: which centres, and why the line does not wait. */
function missing(group: GroupDetail, hooks: Deciding): HTMLElement {
  const centres = group.missing.map((one) => t("missing_centre", { centre: one.centre, n: one.people }));
  return h("div", { class: "warn", "data-test": "missing-packages" },
    h("p", {}, t("packages_missing"), centres.join("、")),
    h("label", { class: "field" }, h("span", {}, t("missing_reason")),
      h("input", { type: "text", maxlength: 500, value: hooks.missingReason, "data-key": "missing-reason",
        "data-test": "missing-reason",
        input: (event) => hooks.writeMissing((event.target as HTMLInputElement).value) })));
}

function proposal(group: GroupDetail, again: boolean, takesPlace: boolean, hooks: Deciding): HTMLElement {
  const text = h("textarea", { rows: 3, maxlength: 500, "data-key": "reason", "data-test": "reason",
    input: (event) => hooks.write((event.target as HTMLTextAreaElement).value) });
  text.value = hooks.reason;
  return h("div", { class: "proposal" },
    h("label", { class: "field" }, h("span", {}, t("propose_reason")), text),
    group.missing.length > 0 && missing(group, hooks),
    h("p", { class: "muted" }, t("propose_note")),
    h("button", { type: "button", "data-key": "propose", "data-test": "line-propose",
      class: `button is-wide ${takesPlace ? "is-plain" : "is-primary"}`, click: hooks.propose },
      t(again ? "propose_again" : "propose", { line: group.line ?? t("nobody") })));
}
