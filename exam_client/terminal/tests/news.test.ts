import { describe, expect, test, vi } from "vitest";
import { Backoff } from "../src/core/backoff";
import { Link, nextPollMs } from "../src/core/link";
import { addNotices, newsOf } from "../src/core/notices";
import type { State } from "../src/core/types";
import words from "../words.json";

function state(granted: number, messages: string[] = [], paused = false): State {
  return {
    now_ms: 1,
    sitting: { paused },
    attempts: [{ id: "a1", granted_ms: granted, state: "in_progress" }],
    messages: messages.map((id) => ({ id, text: id, at_ms: 0 })),
  } as unknown as State;
}

describe("news", () => {
  const nothing = { messages: [], granted: {} };

  test("a grant is told once, however often the state is pushed", () => {
    const first = newsOf(null, state(180_000), nothing);
    expect(first.notices).toMatchObject([{ kind: "grant", ms: 180_000 }]);
    expect(newsOf(null, state(180_000), first.told).notices).toEqual([]);
    const more = newsOf(null, state(300_000), first.told);
    expect(more.notices).toMatchObject([{ kind: "grant", ms: 120_000 }]);
  });

  test("a message stays until it is closed, and does not come twice", () => {
    const one = newsOf(null, state(0, ["m1"]), nothing).notices;
    expect(addNotices(addNotices([], one), one)).toHaveLength(1);
    expect(newsOf(null, state(0, ["m1"]), { ...nothing, messages: ["m1"] }).notices).toEqual([]);
  });

  test("the end of a pause is told", () => {
    const after = newsOf(state(0, [], true), state(0), { ...nothing, granted: { a1: 0 } });
    expect(after.notices).toMatchObject([{ kind: "resumed" }]);
  });
});

describe("the line", () => {
  test("one failure beside a living socket is not yet an outage; two are", () => {
    const turned = vi.fn();
    const link = new Link(turned, () => 0);
    link.failed(true);
    expect(link.up).toBe(true);
    expect(link.doubtful).toBe(true);
    link.failed(true);
    expect(turned).toHaveBeenCalledWith(false, 0);
    link.reached();
    expect(turned).toHaveBeenLastCalledWith(true, 0);
  });

  test("the longest silence is kept until a batch was acknowledged", () => {
    let now = 0;
    const link = new Link(() => undefined, () => now);
    now = 30_000;
    link.reached();
    now = 31_000;
    expect(link.longestSilence()).toBe(30_000);
    link.batchAcknowledged();
    expect(link.longestSilence()).toBe(1_000);
  });

  test("polls rarely beside a socket, every 15 s without, every 2 s near the bell without a socket, and when much hangs on it", () => {
    const calm = { socketUp: true, linkUp: true, doubtful: false, bellInMs: null, urgent: false };
    const at = (change: object) => nextPollMs({ ...calm, ...change }, () => 0.5);
    expect(at({})).toBe(120_000);
    expect(at({ socketUp: false })).toBe(15_000);
    expect(at({ bellInMs: 30_000, socketUp: false })).toBe(2_000);
    expect(at({ bellInMs: 0, socketUp: false })).toBe(2_000);
    expect(at({ bellInMs: 30_000 })).toBe(120_000);
    expect(at({ urgent: true })).toBe(2_000);
    expect(at({ linkUp: false })).toBe(3_000);
    expect(nextPollMs(calm, () => 0)).not.toBe(nextPollMs(calm, () => 1));
  });

  test("waits grow, are bounded, and start anew after success", () => {
    const backoff = new Backoff(500, 8_000, () => 1);
    expect([1, 2, 3, 4, 5, 6].map(() => backoff.next())).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
    backoff.reset();
    expect(backoff.next()).toBe(500);
  });
});

test("every word is there in both languages, calm, with the same facts", () => {
  for (const [key, { zh, en }] of Object.entries(words)) {
    expect(zh.length * en.length, key).toBeGreaterThan(0);
    expect(zh + en, key).not.toMatch(/[!！]/);
    const facts = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
    expect(facts(en), key).toEqual(facts(zh));
  }
});
