// The drawer on the right: who, time, what happened, what to do.

import { SeatActs, currentAttempt, decideRecovery } from "./acts";
import { course } from "./course";
import { h, icon, redraw, s, say } from "./dom";
import { ledger } from "./ledger";
import { iconOf, leftMs, wordOf } from "./look";
import { clock, minutes, seatNumber } from "./times";
import { known, language, t, type Word } from "./words";
import type { BoardLink, ShownSeat } from "./link";
import type { AttemptDetail, Detail, Done, RecoveryState, TimelineEntry } from "./types";

const DECIDED = new Set<RecoveryState>(["applied", "refused"]);

export class Drawer {
  private badge: HTMLElement | null = null;
  private look = "";
  private minute = 0;

  constructor(
    private readonly box: HTMLElement,
    private readonly link: BoardLink,
    private readonly sittingId: string,
    private readonly onClose: () => void,
    private readonly done: Done,
  ) {}

  /** Forget what was drawn: the next `show` draws anew. */
  clear(): void {
    this.look = "";
    this.badge = null;
  }

  /** Facts are still on their way. */
  wait(seat: ShownSeat): void {
    this.clear();
    redraw(this.box, this.head(seat, seat.name ?? ""), h("p", { class: "muted" }, t("loading")));
  }

  /** The candidate could not be loaded. */
  fail(seat: ShownSeat, text: string): void {
    this.clear();
    redraw(this.box, this.head(seat, seat.name ?? ""), h("p", { class: "problem" }, text));
  }

  show(seat: ShownSeat, detail: Detail): void {
    const shown = this.link.shown;
    if (!shown) return;
    const now = this.link.now();
    const left = leftMs(seat, shown, now);
    const { heardAt: _heardAt, since_ms: _since, left_ms: _left, ...lasting } = seat;
    const look = JSON.stringify([lasting, detail]);
    const minute = Math.floor(now / 5000); // the bars of time move slowly
    if (look !== this.look || minute !== this.minute) {
      this.look = look;
      this.minute = minute;
      this.draw(seat, detail, left, shown.rest.now_ms + (now - shown.heardAt));
    }
    if (this.badge) say(this.badge, wordOf(seat, now));
  }

  private draw(seat: ShownSeat, detail: Detail, left: number | null, wall: number): void {
    const attempt = currentAttempt(detail) ?? detail.attempts[detail.attempts.length - 1] ?? null;
    const acts = new SeatActs(
      this.sittingId, seat, detail, this.link.shown?.seats.values() ?? [], this.done);
    const scroll = this.box.querySelector(".drawer-body")?.scrollTop ?? 0;
    redraw(
      this.box,
      this.head(seat, detail.candidate.name),
      h(
        "div",
        { class: "drawer-body", tabindex: 0, "data-key": "drawer-body", role: "region",
          "aria-label": t("facts") },
        facts(detail, attempt),
        attempt && attempt.started_ms !== null && ledger(attempt,
          attempt.id === currentAttempt(detail)?.id ? (left ?? attempt.time.left_ms)
            : attempt.time.left_ms,
          detail.suggest === "grant" ? detail.suggest_seconds : 0),
        attempt && course(attempt, wall),
        this.recovery(detail),
        events(detail.timeline),
      ),
      foot(acts, detail),
    );
    const body = this.box.querySelector(".drawer-body");
    if (body) body.scrollTop = scroll;
  }

  private head(seat: ShownSeat, name: string): HTMLElement {
    const mark = iconOf(seat);
    this.badge = h("span", {}, t(`state_${seat.state}` as Word));
    return h(
      "header",
      { class: "drawer-head" },
      h("b", { class: "drawer-seat" }, seatNumber(seat.seat)),
      h("h2", {}, name),
      h("p", { class: `badge is-${seat.state}` }, mark && icon(mark, 18), this.badge),
      h("button", { type: "button", class: "close", "aria-label": t("close_drawer"),
        "data-key": "close", click: this.onClose }, icon("cross", 20)),
    );
  }

  private recovery(detail: Detail): HTMLElement | null {
    const undecided = detail.recovery.filter((each) => !DECIDED.has(each.state));
    if (undecided.length === 0) return null;
    return h(
      "section",
      { class: "recovery" },
      ...undecided.map((each) =>
        h("div", { class: "recovery-case" },
          h("p", {}, icon("late"), t("recovery_found", { n: each.count }), " ",
            each.first_staff_name && t("recovery_first", { who: each.first_staff_name })),
          h("button", { type: "button", class: "button is-plain", "data-key": each.id,
            "data-test": "action-recovery",
            click: () => void decideRecovery(each, this.done) },
            t(each.state === "open" ? "recovery_propose" : "recovery_decide")))),
    );
  }
}

function facts(detail: Detail, attempt: AttemptDetail | null): HTMLElement {
  const { candidate } = detail;
  const rows: [string, string][] = [
    [t("fact_ticket"), (candidate.ticket ?? "—").replace(/(\d{4})(?=\d)/g, "$1 ")],
    [t("fact_id"), candidate.id_masked],
    [t("fact_trade"), `${candidate.trade} ${candidate.level_name}`],
    [t("fact_unit"), candidate.unit],
  ];
  for (const ended of detail.attempts.filter((each) => each.submitted_ms !== null))
    rows.push([t("fact_ended"), endedLine(ended)]);
  if (attempt && attempt.submitted_ms === null) {
    rows.push([t("fact_subject"), t("subject_n", { name: subjectOf(attempt), n: attempt.ordinal })]);
    rows.push([t("fact_answered"),
      t("answered_line", { n: attempt.answered, of: attempt.count, marked: attempt.marked })]);
    rows.push([t("fact_saved"), attempt.last_saved_ms ? clock(attempt.last_saved_ms) : "—"]);
  }
  return h(
    "section",
    { class: "who-facts" },
    photo(detail),
    h("dl", {}, ...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
  );
}

/** The subject by its name in the page's language. */
function subjectOf(attempt: AttemptDetail): string {
  return language === "en" ? attempt.name_en : attempt.name;
}

/** `职业道德 61 / 100，本人交卷 9:41:07`. */
function endedLine(attempt: AttemptDetail): string {
  const cause = attempt.cause ? known(`cause_${attempt.cause}`) : null;
  return t("ended_line", { name: subjectOf(attempt), n: attempt.answered, of: attempt.count,
    cause: cause ?? "", time: clock(attempt.submitted_ms ?? 0) });
}

function photo(detail: Detail): Element {
  const { photo: address, name } = detail.candidate;
  if (address) return h("img", { class: "photo", src: address, alt: t("photo_of", { name }) });
  return h("div", { class: "photo is-missing" }, t("no_photo"));
}

function events(timeline: TimelineEntry[]): HTMLElement {
  const rows = [...timeline].sort((one, other) => other.at_ms - one.at_ms).map((entry) => {
    const text = language === "en" ? entry.text_en : entry.text_zh;
    const extra = [entry.reason, entry.actor_name].filter(Boolean).join(language === "en" ? ", " : "，");
    return h("li", { class: `event is-${entry.sort}` },
      h("time", {}, clock(entry.at_ms)), symbol(entry.sort),
      h("span", {}, h("b", {}, text), extra && ` ${extra}`));
  });
  return h("section", {}, h("h3", { class: "events-title" }, t("events")),
    rows.length > 0 ? h("ol", { class: "events" }, ...rows) : h("p", { class: "muted" }, t("no_events")));
}

function symbol(sort: TimelineEntry["sort"]): SVGElement {
  const shape = sort === "alert" ? s("path", { d: "M7 1 L13 7 L7 13 L1 7 Z" })
    : sort === "staff" ? s("rect", { x: 2.5, y: 2.5, width: 9, height: 9 })
    : s("circle", { cx: 7, cy: 7, r: 3.5 });
  return s("svg", { class: "symbol", width: 14, height: 14, "aria-hidden": "true" }, shape);
}

function foot(acts: SeatActs, detail: Detail): HTMLElement {
  const best = acts.recommended();
  const advice = best === "agree-move" ? t("advice_agree_move")
    : detail.suggest === "continuation" ? t("advice_continuation", { time: minutes(detail.suggest_seconds * 1000) })
    : best === "release" ? t("advice_release")
    : best === "grant" ? t("advice_grant", { time: minutes(detail.suggest_seconds * 1000) })
    : best === "resume" ? t("advice_resume")
    : best === "lower-hand" ? t("advice_hand") : null;
  return h(
    "footer",
    { class: "drawer-foot" },
    advice && h("p", { class: "advice" }, h("b", {}, advice)),
    h("div", { class: "acts" }, ...acts.all().map((act) =>
      h("button", {
        type: "button", "data-test": `action-${act.key}`, "data-key": `action-${act.key}`,
        class: `button ${act.key === best ? "is-primary" : act.danger ? "is-danger" : "is-plain"}`,
        click: () => void act.run(),
      }, icon(act.icon), act.label))),
  );
}
