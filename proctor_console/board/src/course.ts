// Answers saved per minute since the start, silences hatched, on the clock of the list below.

import { h, s } from "./dom";
import { hour, minutes } from "./times";
import { t } from "./words";
import type { AttemptDetail } from "./types";

const WIDTH = 430;
const HEIGHT = 64;
const AXIS = 20;
const MINUTE = 60_000;
const STEPS = [5, 10, 15, 20, 30, 60];

/** The drawing, with its content in words for who cannot see it. */
export function course(attempt: AttemptDetail, nowMs: number): HTMLElement | null {
  const from = attempt.started_ms;
  if (from === null) return null;
  const to = Math.max(attempt.submitted_ms ?? nowMs, from + MINUTE);
  const span = Math.max(to - from, 20 * MINUTE);
  const x = (wall: number): number => (WIDTH * (wall - from)) / span;
  const most = Math.max(4, ...attempt.per_minute);
  const bars = attempt.per_minute.map((saved, minute) => {
    const tall = Math.round((HEIGHT * saved) / most);
    const left = x(from + minute * MINUTE);
    return s("rect", { class: "saved", x: left + 0.5, y: HEIGHT - tall, height: tall,
      width: Math.max(1, x(from + MINUTE) - 1.5) });
  });
  const gaps = attempt.gaps.map(([start, end]) =>
    s("rect", { class: "lost", x: x(Math.max(start, from)), y: 8, height: HEIGHT - 8,
      width: Math.max(2, x(Math.min(end, to)) - x(Math.max(start, from))) }));
  const saved = attempt.per_minute.reduce((sum, value) => sum + value, 0);
  const silent = attempt.gaps.reduce((sum, [start, end]) => sum + end - start, 0);
  return h(
    "section",
    { class: "course" },
    h("div", { class: "section-head" }, h("h3", {}, t("course")), h("p", {}, t("course_unit"))),
    s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT + AXIS}`, role: "img",
        "aria-label": t("course_words", { n: saved, time: minutes(silent) }) },
      ...bars, ...gaps,
      s("line", { class: "axis", x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }),
      ...(attempt.submitted_ms === null
        ? [s("line", { class: "now", x1: x(to), x2: x(to), y1: 0, y2: HEIGHT })] : []),
      ...ticks(from, span, x)),
  );
}

function ticks(from: number, span: number, x: (wall: number) => number): SVGElement[] {
  const step = (STEPS.find((each) => span / (each * MINUTE) <= 5) ?? 60) * MINUTE;
  const nodes: SVGElement[] = [];
  for (let wall = from; wall - from <= span; wall += step) {
    const at = x(wall);
    const anchor = at < 12 ? "start" : at > WIDTH - 14 ? "end" : "middle";
    nodes.push(s("line", { class: "axis", x1: at, x2: at, y1: HEIGHT, y2: HEIGHT + 4 }),
      s("text", { x: at, y: HEIGHT + AXIS - 3, "text-anchor": anchor }, hour(wall)));
  }
  return nodes;
}
