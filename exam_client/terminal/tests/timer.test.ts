import { describe, expect, test } from "vitest";
import { clockFace, dueWarning, ExamClock } from "../src/core/timer";

function machine(start = 1_000) {
  const time = { now: start };
  return { time, clock: new ExamClock(() => time.now) };
}

describe("the time left", () => {
  test("runs down by the machine's own clock between two words of the server", () => {
    const { time, clock } = machine();
    clock.sync(60_000, true);
    time.now += 1_500;
    expect(clock.left()).toBe(58_500);
    time.now += 100_000; // a throttled tab wakes up late: nothing was counted wrong
    expect(clock.left()).toBe(0);
  });

  test("stands still while the attempt is paused, and goes on where it stood", () => {
    const { time, clock } = machine();
    clock.sync(60_000, true);
    time.now += 10_000;
    clock.sync(50_000, false);
    time.now += 300_000;
    expect(clock.left()).toBe(50_000);
    clock.sync(50_000, true);
    time.now += 1_000;
    expect(clock.left()).toBe(49_000);
  });

  test("shows a grant at once", () => {
    const { clock } = machine();
    clock.sync(60_000, true);
    clock.sync(360_000, true);
    expect(clock.left()).toBe(360_000);
  });

  test("does not jump by the jitter of the network", () => {
    const { time, clock } = machine();
    clock.sync(60_000, true);
    time.now += 10_000;
    clock.sync(50_200, true);
    expect(clock.left()).toBe(50_000);
  });

  test("after a reload without the server is never above the last known", () => {
    const { clock } = machine();
    const saved = { leftMs: 60_000, elapsedMs: 5_000, running: true, wallMs: 1_000_000 };
    clock.restore(saved, 1_020_000);
    expect(clock.left()).toBe(40_000);
    expect(clock.elapsed()).toBe(25_000);
    expect(clock.estimated).toBe(true);
    clock.restore(saved, 900_000); // the wall clock was set back meanwhile
    expect(clock.left()).toBe(60_000);
    clock.sync(55_000, true);
    expect(clock.left()).toBe(55_000);
    expect(clock.estimated).toBe(false);
  });

  test("does not run down over a reload inside a pause", () => {
    const { clock } = machine();
    clock.restore({ leftMs: 60_000, elapsedMs: 0, running: false, wallMs: 0 }, 500_000);
    expect(clock.left()).toBe(60_000);
  });

  test("elapsed time runs on through a pause, for it measures outages too", () => {
    const { time, clock } = machine();
    clock.begin();
    clock.sync(60_000, false);
    time.now += 7_000;
    expect(clock.elapsed()).toBe(7_000);
    clock.begin();
    expect(clock.elapsed()).toBe(7_000);
  });
});

describe("the face of the clock", () => {
  test.each([
    [0, "00:00"],
    [1, "00:01"],
    [59_001, "01:00"],
    [3_600_000, "60:00"],
    [5_999_000, "99:59"],
    [6_000_000, "1:40:00"],
    [-5, "00:00"],
  ])("%d ms is %s", (ms, face) => expect(clockFace(ms)).toBe(face));
});

describe("warnings at 10 and 5 minutes", () => {
  const minute = 60_000;
  test("come when the time has fallen to them, once", () => {
    expect(dueWarning(10 * minute + 1, 60 * minute, [10, 5], new Set())).toBe(null);
    expect(dueWarning(10 * minute, 60 * minute, [10, 5], new Set())).toBe(10);
    expect(dueWarning(9 * minute, 60 * minute, [10, 5], new Set([10]))).toBe(null);
    expect(dueWarning(5 * minute, 60 * minute, [10, 5], new Set([10]))).toBe(5);
  });

  test("a page that comes up late does not say what is no longer true", () => {
    expect(dueWarning(5 * minute - 2_000, 60 * minute, [10, 5], new Set())).toBe(5);
    expect(dueWarning(3 * minute, 60 * minute, [10, 5], new Set())).toBe(null);
  });

  test("a subject that began below a warning does not show it", () => {
    expect(dueWarning(8 * minute, 8 * minute, [10, 5], new Set())).toBe(null);
    expect(dueWarning(minute, minute, [10, 5], new Set())).toBe(null);
  });
});
