// The pass-line page: groups on the left, one group with what a line would do on the right.
// Everything is tried on the server and changes nothing until it is confirmed.

import "../styles/console.css";
import { decide, drawnBy, track, type StepWords } from "./decide";
import { byId, h, redraw } from "./dom";
import { effects, panels } from "./effects";
import { judges } from "./judges";
import { isNamed } from "./method";
import { get, post, Refused, send } from "./net";
import { who, type By } from "./who";
import { language, t, type Word } from "./words";
import type { GroupCard, GroupDetail, LineAct, LineCard, LineParams } from "./line_types";

class LinesPage {
  private readonly exam = byId("lines").dataset["exam"] ?? "";
  private readonly page = byId("line-page");
  private cards: GroupCard[] = [];
  private group: GroupDetail | null = null;
  private wanted: string | null = null;
  private asking = 0;
  private problem = "";
  private filter = "";
  private reason = "";
  private missingReason = "";
  private by: By = "city";
  private words: StepWords = { reason: "", document: "" };

  async start(): Promise<void> {
    byId<HTMLInputElement>("filter").addEventListener("input", (event) =>
      this.narrow((event.target as HTMLInputElement).value.trim()));
    await this.guard(async () => {
      await this.loadCards();
      const asked = decodeURIComponent(location.hash.slice(1));
      const first = this.cards.find((card) => card.key === asked) ?? largest(this.cards);
      if (first) await this.open(first.key);
      else redraw(this.page, h("p", { class: "empty" }, t("no_groups")));
      document.querySelector('.group[aria-pressed="true"]')?.scrollIntoView({ block: "center" });
    });
  }

  private narrow(text: string): void {
    this.filter = text;
    this.drawCards();
  }

  private async loadCards(): Promise<void> {
    this.cards = await get<GroupCard[]>(`/console/api/exams/${this.exam}/groups`);
    this.drawCards();
  }

  private async open(key: string): Promise<void> {
    this.wanted = key;
    this.group = null;
    this.reason = this.missingReason = "";
    this.words = { reason: "", document: "" };
    history.replaceState(null, "", `${location.pathname}${location.search}#${encodeURIComponent(key)}`);
    this.drawCards();
    await this.ask(null);
  }

  /** Try parameters; only the newest question's answer is shown. */
  private async ask(params: LineParams | null): Promise<void> {
    const mine = ++this.asking;
    await this.guard(async () => {
      const found = await post<GroupDetail>(`/console/api/exams/${this.exam}/try-line`,
        { group: this.wanted, params });
      if (mine !== this.asking) return;
      this.group = found;
      this.problem = "";
    });
    if (mine === this.asking) this.draw();
  }

  private move(line: number): void {
    if (this.group) void this.ask({ ...this.group.params, line: String(line) });
  }

  private async propose(): Promise<void> {
    if (!this.group) return;
    if (!this.reason.trim()) {
      this.problem = t("reason_missing");
      this.draw();
      return;
    }
    const { key, params } = this.group;
    await this.guard(async () => {
      await post(`/console/api/exams/${this.exam}/lines`, {
        group: key, params, reason: this.reason, missing_reason: this.missingReason });
      this.reason = this.missingReason = "";
      await this.reload();
    });
    this.draw();
  }

  private async act(line: LineCard, act: LineAct, words: StepWords): Promise<void> {
    await this.guard(async () => {
      await post(`/console/api/lines/${line.id}/${ADDRESS[act]}`, words);
      this.words = { reason: "", document: "" };
      await this.reload();
    });
    this.draw();
  }

  private async takeIn(file: File): Promise<void> {
    const group = encodeURIComponent(this.wanted ?? "");
    await this.guard(async () => {
      await send(`/console/api/exams/${this.exam}/judges?group=${group}`, file);
      this.problem = "";
      await this.ask(this.group?.params ?? null);
    });
    this.draw();
  }

  private async reload(): Promise<void> {
    this.problem = "";
    await this.loadCards();
    await this.ask(null);
  }

  private async guard(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.problem = error.message;
      if (!this.group) redraw(this.page, h("p", { class: "problem" }, error.message));
    }
  }

  private drawCards(): void {
    byId("group-count").textContent = String(this.cards.length);
    const words = this.filter.split(/\s+/).filter(Boolean);
    const shown = this.cards.filter((card) => {
      const text = `${card.city} ${nameOf(card)} ${t(`line_${card.state}` as Word)}`;
      return words.every((word) => text.includes(word));
    });
    redraw(byId("groups"), ...shown.map((card) => this.card(card)));
  }

  private card(card: GroupCard): HTMLElement {
    const people = card.counts.valid === 0 ? t("no_valid")
      : t(card.small ? "valid_small" : "valid_n", { n: card.counts.valid });
    return h("li", {},
      h("button", { type: "button", class: "group", "data-key": card.key,
        "aria-pressed": String(card.key === this.wanted), click: () => void this.open(card.key) },
        h("b", {}, nameOf(card)), h("b", { class: "number" }, card.line ?? "—"),
        h("span", {}, `${card.city === "*" ? t("all_cities") : card.city} · ${people}`),
        h("span", { class: `line-state is-${card.state}` }, t(`line_${card.state}` as Word)),
        h("span", { class: "who-draws" }, drawnBy(card.drawn_by, card.filed))));
  }

  private draw(): void {
    const { group } = this;
    if (!group) return;
    redraw(
      this.page,
      h("div", { class: "line-head" },
        h("div", {}, h("h1", {}, nameOf(group)),
          h("p", { class: "muted" }, t(group.params.basis === "sum" ? "by_sum" : "by_each", {
            city: group.city === "*" ? t("all_cities") : group.city,
            subjects: group.columns.map((column) => language === "en" ? column.name_en : column.name)
              .join(language === "en" ? " + " : "、"), full: group.full }))),
        track(group)),
      effects(group),
      panels(group, {
        move: isNamed(group.params.mode) ? (line) => this.move(line) : null,
        change: (params) => void this.ask(params),
        who: who(group, this.cards, this.by, (by) => {
          this.by = by;
          this.draw();
        }),
        judges: judges(group, {
          exam: this.exam,
          change: (params) => void this.ask(params),
          takeIn: (file) => void this.takeIn(file),
        }),
        decide: decide(group, {
          reason: this.reason,
          problem: this.problem,
          words: this.words,
          write: (reason) => (this.reason = reason),
          missingReason: this.missingReason,
          writeMissing: (reason) => (this.missingReason = reason),
          propose: () => void this.propose(),
          act: (line, act, words) => void this.act(line, act, words),
        }),
      }),
    );
  }
}

const ADDRESS: Record<LineAct, string> =
  { approved: "approve", filed: "file", effective: "effect", returned: "return" };

/** Begin where most people wait. */
function largest(cards: GroupCard[]): GroupCard | undefined {
  return [...cards].sort((one, other) => other.counts.valid - one.counts.valid)[0];
}

function nameOf(group: { trade: string; level: string; level_name: string }): string {
  const trade = group.trade === "*" ? t("all_trades") : group.trade;
  return group.level === "*" ? trade : `${trade} ${language === "en" ? group.level : group.level_name}`;
}

if (document.getElementById("lines")) void new LinesPage().start();
