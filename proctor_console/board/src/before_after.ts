// The scores of everybody concerned, before as an outline and after as bars.

import { s } from "./dom";
import { t, type Word } from "./words";

/** From, to, people before, people after. */
export type Bar = [string, string, number, number];

const WIDTH = 1240;
const HEIGHT = 280;
const LEFT = 46;
const TOP = 48;
const FLOOR = HEIGHT - 34;

/** The drawing; `lines`: the pass lines of the groups, drawn while there are few. */
export function beforeAfter(bars: Bar[], lines: string[]): SVGSVGElement {
  const used = bars.flatMap(([, , before, after], at) => (before + after > 0 ? [at] : []));
  const first = Math.max(0, (used[0] ?? 0) - 2);
  const shown = bars.slice(first, (used[used.length - 1] ?? 0) + 3);
  const from = Number(shown[0]?.[0] ?? 0);
  const to = Number(shown[shown.length - 1]?.[1] ?? 1);
  const most = Math.max(4, ...shown.map(([, , before, after]) => Math.max(before, after)));
  const x = (score: number): number => LEFT + ((WIDTH - LEFT - 8) * (score - from)) / Math.max(1, to - from);
  const y = (count: number): number => FLOOR - ((FLOOR - TOP) * count) / most;
  return s("svg", { class: "before-after", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
    "aria-label": t("before_after") },
    ...grid(most, y),
    ...shown.filter(([, , , after]) => after > 0).map(([low, high, , after]) =>
      s("rect", { class: "reached", x: x(Number(low)) + 1, y: y(after),
        width: Math.max(1, x(Number(high)) - x(Number(low)) - 2), height: FLOOR - y(after) })),
    s("polyline", { class: "before", points: outline(shown, x, y) }),
    ...scores(from, to, x),
    ...(lines.length > 4 ? [] : lines).flatMap((line) => [
      s("line", { class: "level", x1: x(Number(line)), x2: x(Number(line)), y1: TOP - 6, y2: FLOOR }),
      s("text", { class: "level-text", x: x(Number(line)) + 5, y: TOP }, t("line_at", { line }))]),
    s("line", { class: "axis", x1: LEFT, x2: WIDTH - 8, y1: FLOOR, y2: FLOOR }),
    s("text", { x: 0, y: 14 }, t("axis_people")),
    ...legend(WIDTH - 220, "reached", "key_after"), ...legend(WIDTH - 110, "before", "key_before"));
}

function legend(x: number, kind: string, word: Word): SVGElement[] {
  const mark = kind === "before" ? s("line", { class: kind, x1: x, x2: x + 24, y1: 9, y2: 9 })
    : s("rect", { class: kind, x, y: 2, width: 24, height: 14 });
  return [mark, s("text", { x: x + 32, y: 14 }, t(word))];
}

function outline(bars: Bar[], x: (score: number) => number, y: (count: number) => number): string {
  return bars.flatMap(([low, high, before]) =>
    [`${x(Number(low))},${y(before)}`, `${x(Number(high))},${y(before)}`]).join(" ");
}

function grid(most: number, y: (count: number) => number): SVGElement[] {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000].find((one) => one >= most / 4) ?? 5000;
  const nodes: SVGElement[] = [];
  for (let count = 0; count <= most; count += step)
    nodes.push(s("line", { class: "grid", x1: LEFT, x2: WIDTH - 8, y1: y(count), y2: y(count) }),
      s("text", { x: LEFT - 8, y: y(count) + 5, "text-anchor": "end" }, String(count)));
  return nodes;
}

function scores(from: number, to: number, x: (score: number) => number): SVGElement[] {
  const step = to - from > 60 ? 10 : to - from > 20 ? 5 : 2;
  const nodes: SVGElement[] = [];
  for (let score = Math.ceil(from / step) * step; score <= to; score += step)
    nodes.push(s("text", { x: x(score), y: FLOOR + 23, "text-anchor": "middle" }, String(score)));
  return nodes;
}
