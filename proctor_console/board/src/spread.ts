// How the scores lie: bars per two points, the share that reaches each score, and the line.

import { s } from "./dom";
import { isNamed } from "./method";
import { t } from "./words";
import type { GroupDetail } from "./line_types";

const WIDTH = 980;
const HEIGHT = 300;
const LEFT = 46;
const RIGHT = 60;
const TOP = 64;
const BOTTOM = 34;
const FLOOR = HEIGHT - BOTTOM;

/** Moves of the handle; `null` where the method alone decides the line. */
export type OnMove = ((line: number) => void) | null;

interface Scale {
  from: number;
  to: number;
  x: (score: number) => number;
  people: (count: number) => number;
  share: (part: number) => number;
  most: number;
}

/** The drawing. The handle is a slider: drag it, or arrow keys, PageUp and PageDown. */
export function spread(group: GroupDetail, onMove: OnMove): SVGSVGElement {
  const scale = scaleOf(group);
  const line = group.line === null ? null : Number(group.line);
  const picture = s(
    "svg",
    { class: "spread", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": t("spread") },
    ...axes(scale),
    ...bars(group, scale, line),
    curve(group, scale, "halo"),
    curve(group, scale, "share"),
  );
  if (line !== null) picture.append(...reachedAt(group, scale, line));
  picture.append(...floorLine(group, scale, line), ...earlierLine(group, scale));
  if (line !== null) picture.append(handle(group, scale, line, onMove, picture));
  return picture;
}

function scaleOf(group: GroupDetail): Scale {
  const line = group.line === null ? Number(group.full) / 2 : Number(group.line);
  const low = Math.min(Number(group.lowest ?? line), line);
  const high = Math.max(Number(group.highest ?? line), line);
  const from = Math.max(0, Math.floor((low - 6) / 10) * 10);
  const to = Math.min(Number(group.full), Math.ceil((high + 6) / 10) * 10);
  const tallest = Math.max(4, ...group.histogram.map(([, , count]) => count));
  const step = niceStep(tallest / 3);
  const most = Math.ceil(tallest / step) * step;
  return {
    from,
    to,
    most,
    x: (score) => LEFT + ((WIDTH - LEFT - RIGHT) * (score - from)) / Math.max(1, to - from),
    people: (count) => FLOOR - ((FLOOR - TOP) * count) / most,
    share: (part) => FLOOR - (FLOOR - TOP) * part,
  };
}

function niceStep(rough: number): number {
  return [1, 2, 5, 10, 20, 50, 100, 200, 500].find((step) => step >= rough) ?? 1000;
}

function axes(scale: Scale): SVGElement[] {
  const nodes: SVGElement[] = [];
  const step = niceStep(scale.most / 3);
  for (let count = 0; count <= scale.most; count += step) {
    const y = scale.people(count);
    nodes.push(s("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y }),
      s("text", { x: LEFT - 8, y: y + 5, "text-anchor": "end" }, String(count)));
  }
  for (const part of [0, 0.25, 0.5, 0.75, 1])
    nodes.push(s("text", { class: "share-text", x: WIDTH - RIGHT + 8, y: scale.share(part) + 5 },
      `${part * 100}%`));
  for (let score = scale.from; score <= scale.to; score += 10)
    nodes.push(s("line", { class: "axis", x1: scale.x(score), x2: scale.x(score), y1: FLOOR, y2: FLOOR + 5 }),
      s("text", { x: scale.x(score), y: FLOOR + 23, "text-anchor": "middle" }, String(score)));
  nodes.push(s("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: FLOOR, y2: FLOOR }),
    s("text", { x: 0, y: TOP - 22 }, t("axis_people")),
    s("text", { class: "share-text", x: WIDTH, y: TOP - 22, "text-anchor": "end" }, t("axis_share")));
  return nodes;
}

/** Two points a bar; what lies under the line is hatched below, the rest stands on it. */
function bars(group: GroupDetail, scale: Scale, line: number | null): SVGElement[] {
  const scores = group.cumulative.map(([score, , ties]) => [Number(score), ties] as const);
  return group.histogram.flatMap(([lowText, highText, count]) => {
    if (count === 0) return [];
    const [low, high] = [Number(lowText), Number(highText)];
    const reached = line === null ? 0 : scores
      .filter(([score]) => score >= low && score >= line && (score < high || high >= Number(group.full)))
      .reduce((sum, [, ties]) => sum + ties, 0);
    const [x, width] = [scale.x(low) + 1, Math.max(1, scale.x(high) - scale.x(low) - 2)];
    const rect = (kind: string, from: number, to: number): SVGElement =>
      s("rect", { class: kind, x, width, y: scale.people(to), height: scale.people(from) - scale.people(to) });
    const under = Math.max(0, count - reached);
    return [under > 0 && rect("under", 0, under), reached > 0 && rect("reached", under, count)]
      .filter((node): node is SVGElement => node !== false);
  });
}

function curve(group: GroupDetail, scale: Scale, kind: string): SVGElement {
  const all = group.counts.valid || 1;
  const points: string[] = [`${scale.x(scale.from)},${scale.share(1)}`];
  for (const [score, atLeast, ties] of group.cumulative) {
    const x = scale.x(Number(score));
    points.push(`${x},${scale.share(atLeast / all)}`, `${x},${scale.share((atLeast - ties) / all)}`);
  }
  points.push(`${scale.x(scale.to)},${scale.share(0)}`);
  return s("polyline", { class: kind, points: points.join(" ") });
}

function reachedAt(group: GroupDetail, scale: Scale, line: number): SVGElement[] {
  const atLeast = group.cumulative.find(([score]) => Number(score) >= line)?.[1] ?? 0;
  const y = scale.share(atLeast / (group.counts.valid || 1));
  const share = ((100 * atLeast) / (group.counts.valid || 1)).toFixed(1);
  return [
    s("line", { class: "level", x1: scale.x(line), x2: WIDTH - RIGHT, y1: y, y2: y }),
    s("text", { class: "level-text", x: WIDTH - RIGHT - 4, y: y - 8, "text-anchor": "end" },
      t("reach_line", { n: atLeast, share })),
    s("circle", { class: "level-dot", cx: scale.x(line), cy: y, r: 6 }),
  ];
}

/** Where the method moves the line away from the one that was named, that one is dotted. */
function floorLine(group: GroupDetail, scale: Scale, line: number | null): SVGElement[] {
  const named = group.params.line === null ? null : Number(group.params.line);
  if (named === null || named === line || !isNamed(group.params.mode)) return [];
  const x = scale.x(named);
  return [s("line", { class: "named", x1: x, x2: x, y1: TOP, y2: FLOOR })];
}

/** Last year's line, where it is by the same figure: dotted, with its year at the foot. */
function earlierLine(group: GroupDetail, scale: Scale): SVGElement[] {
  const then = group.earlier;
  if (!then?.comparable) return [];
  const x = scale.x(Number(then.line));
  if (x < LEFT || x > WIDTH - RIGHT) return [];
  const right = Number(group.line ?? 0) <= Number(then.line); // clear of the handle
  return [s("line", { class: "earlier", x1: x, x2: x, y1: TOP, y2: FLOOR }),
    s("text", { class: "earlier-text", x: x + (right ? 6 : -6), y: TOP - 4,
      "text-anchor": right ? "start" : "end" },
      t("earlier_short", { year: then.year, line: then.line }))];
}

function handle(
  group: GroupDetail,
  scale: Scale,
  line: number,
  onMove: OnMove,
  picture: SVGSVGElement,
): SVGElement {
  const x = scale.x(line);
  const from = Math.min(Math.max(x, LEFT + 70), WIDTH - RIGHT - 70);
  const node = s(
    "g",
    {
      class: `handle${onMove ? "" : " is-fixed"}`,
      role: "slider",
      tabindex: 0,
      "data-test": "line-handle",
      "data-key": "line-handle",
      "aria-label": t("cut_line"),
      "aria-valuemin": 0,
      "aria-valuemax": group.full,
      "aria-valuenow": line,
      "aria-valuetext": t("line_value", { line, n: group.reached }),
      "aria-disabled": onMove ? "false" : "true",
    },
    s("line", { x1: x, x2: x, y1: 36, y2: FLOOR }),
    s("rect", { x: from - 70, y: 0, width: 140, height: 36, rx: 5 }),
    s("text", { x: from, y: 24, "text-anchor": "middle" },
      onMove ? t("handle", { line }) : t("handle_fixed", { line })),
  );
  if (onMove) {
    node.addEventListener("keydown", (event) => steer(event, line, Number(group.full), onMove));
    node.addEventListener("pointerdown", (event) => drag(event, scale, picture, onMove));
  }
  return node;
}

function steer(event: KeyboardEvent, line: number, full: number, onMove: (line: number) => void): void {
  const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  onMove(Math.min(full, Math.max(0, Math.round(line) + by)));
}

function drag(
  start: PointerEvent,
  scale: Scale,
  picture: SVGSVGElement,
  onMove: (line: number) => void,
): void {
  start.preventDefault();
  const frame = picture.getBoundingClientRect();
  let last = NaN;
  const move = (event: PointerEvent): void => {
    const x = ((event.clientX - frame.left) * WIDTH) / frame.width;
    const part = (x - LEFT) / (WIDTH - LEFT - RIGHT);
    const line = Math.round(scale.from + Math.min(1, Math.max(0, part)) * (scale.to - scale.from));
    if (line === last) return;
    last = line;
    onMove(line);
  };
  const end = (): void => {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", end);
    document.removeEventListener("pointercancel", end);
  };
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
}
