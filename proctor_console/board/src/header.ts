// The room's one big number, the counts, and the acts for the whole room.

import { byId, h, icon, redraw, say } from "./dom";
import { clock, hour, minutes } from "./times";
import { language, t, type Word } from "./words";
import type { BoardLink, Shown } from "./link";
import { shortHead } from "./overview";
import type { Counts, RoomAct, Sitting } from "./types";

const COUNTS: (keyof Counts)[] = [
  "expected", "arrived", "waiting", "answering", "paused", "submitted", "not_arrived", "absent",
  "trouble",
];
// always there; the others only while they are not zero, so that normal is quiet
const STEADY = new Set<keyof Counts>(["expected", "arrived", "answering", "submitted", "not_arrived"]);

export class Header {
  private countsLook = "";
  private actsLook = "";

  constructor(private readonly actsFor: (shown: Shown) => RoomAct[]) {}

  show(shown: Shown, link: BoardLink): void {
    const { sitting, counts } = shown.rest;
    const passed = Math.max(0, link.now() - shown.heardAt);
    const wall = shown.rest.now_ms + passed;
    this.clock(sitting, wall, passed);
    const single = sitting.paused ? counts.trouble - counts.paused : counts.trouble;
    this.counts({ ...counts, trouble: Math.max(0, single) });
    this.acts(shown);
    this.head(shown);
    freshness(link);
  }

  private clock(sitting: Sitting, wall: number, passed: number): void {
    const { big, what, note } = clockTexts(sitting, wall, passed);
    say(byId("clock"), big);
    say(byId("clock-what"), what);
    say(byId("clock-note"), note);
    byId("clock").classList.toggle("is-word", !/^[-\d]/.test(big));
  }

  /** In the bar at every moment: a photograph of the screen is a witness of the record. */
  private head({ rest: { head } }: Shown): void {
    say(byId("head"), head.seq ? t("head_line", { n: head.seq, digest: shortHead(head.digest) }) : "");
  }

  private counts(counts: Counts): void {
    const look = JSON.stringify(counts);
    if (look === this.countsLook) return;
    this.countsLook = look;
    const cells = COUNTS.filter((name) => STEADY.has(name) || counts[name] > 0).map((name) =>
      h(
        "div",
        { class: `figure${name === "trouble" ? " is-trouble" : ""}` },
        h("dd", { "data-test": `count-${name}` }, String(counts[name])),
        h("dt", {}, t(`count_${name}` as Word)),
      ),
    );
    redraw(byId("counts"), ...cells);
  }

  private acts(shown: Shown): void {
    const acts = this.actsFor(shown);
    const look = acts.map((act) => `${act.key}${act.kind}`).join() + shown.rest.sitting.state;
    if (look === this.actsLook) return;
    this.actsLook = look;
    const state = shown.rest.sitting.paused ? "paused" : shown.rest.sitting.state;
    redraw(
      byId("room-acts"),
      h("p", { class: `room-state is-${state}` },
        icon(state === "paused" ? "pause" : state === "running" ? "check" : "ring"),
        t(`sitting_${state}` as Word)),
      ...acts.map((act) =>
        h("button",
          { type: "button", class: `button is-${act.kind}`, "data-test": `room-${act.key}`,
            "data-key": act.key, click: act.run },
          icon(act.icon), act.label)),
    );
  }
}

function clockTexts(
  sitting: Sitting,
  wall: number,
  passed: number,
): { big: string; what: string; note: string } {
  const now = t("now_is", { time: clock(wall) });
  if (sitting.state === "running" && sitting.left_ms !== null) {
    const left = sitting.paused ? sitting.left_ms : sitting.left_ms - passed;
    return {
      big: minutes(left),
      what: t(sitting.paused ? "left_paused" : "left_of", { subject: (language === "en" ? sitting.subject_en : sitting.subject) ?? "" }),
      note: t("rung_at", { bell: sitting.bell_ms ? clock(sitting.bell_ms) : "—", now: clock(wall) }),
    };
  }
  if (sitting.bell_ms === null) {
    const ahead = sitting.planned_start_ms - wall;
    const far = Math.abs(ahead) > 12 * 3_600_000;
    return {
      big: far ? hour(sitting.planned_start_ms) : ahead >= 0 ? minutes(ahead) : `+${minutes(-ahead)}`,
      what: t(ahead >= 0 || far ? "until_start" : "past_start"),
      note: t("planned_at", { time: hour(sitting.planned_start_ms), now: clock(wall) }),
    };
  }
  return { big: t(sitting.state === "running" ? "nobody_left" : "ended"), what: sitting.name, note: now };
}

/** How old the view is: in the bar always, across the page when the link is gone. */
function freshness(link: BoardLink): void {
  const place = byId("freshness");
  const age = link.age();
  place.className = `freshness is-${link.health}`;
  const text =
    link.health === "lost" ? t("link_lost")
    : link.health === "loading" ? t("loading")
    : age < 2 ? t("fresh") : t("fresh_seconds", { n: age });
  const mark = link.health === "lost" ? "lost" : "check";
  if (place.dataset["mark"] !== mark) {
    place.dataset["mark"] = mark;
    place.replaceChildren(icon(mark), h("span"));
  }
  const label = place.lastElementChild;
  if (label) say(label, text);
  const banner = byId("stale");
  const lost = link.health === "lost" || link.problem !== null;
  banner.hidden = !lost;
  document.body.classList.toggle("is-stale", lost);
  if (lost) say(byId("stale-text"), link.problem?.message ?? t("stale", { n: age }));
}
