import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Rhythm } from "../src/core/rhythm";
import { MemoryShelf } from "../src/core/shelf";
import { Terminal } from "../src/core/terminal";
import type { Me, State } from "../src/core/types";

function state(paused: boolean, hand = false, now_ms = 0): State {
  return {
    version: `${paused}${hand}`,
    epoch: 1,
    now_ms,
    sitting: { state: "running", planned_start_ms: 0, bell_in_ms: null, paused, head: "" },
    checked_in: false,
    pledged: true,
    hand_raised: hand,
    attempts: [],
    messages: [],
    absent: false,
    move_to: null,
    result: null,
  };
}

function seated(): Terminal {
  const terminal = new Terminal(new MemoryShelf());
  terminal.store.set({ me: { block: [] } as unknown as Me, ready: true });
  terminal.apply(state(true));
  return terminal;
}

describe("an answer that a push has overtaken", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("does not stop the room again; the server is asked at once", async () => {
    const terminal = seated();
    terminal.api.hand = () => {
      terminal.apply(state(false, false, 2)); // the room goes on while the answer is under way
      return Promise.resolve(state(true, true, 1));
    };
    terminal.api.state = () => Promise.resolve(state(false, true, 3));
    await terminal.raiseHand(true);
    expect(terminal.store.get().state?.sitting.paused).toBe(false);
    await vi.advanceTimersByTimeAsync(100);
    expect(terminal.store.get().state).toEqual(state(false, true, 3));
  });

  test("asks until nothing overtakes it: the last word is the server's", async () => {
    const terminal = seated();
    const answers = [state(true, true, 3), state(false, true, 5)];
    terminal.api.state = () => {
      const answer = answers.shift()!;
      if (answers.length > 0) terminal.apply(state(false, false, 4)); // another push beside the poll
      return Promise.resolve(answer);
    };
    terminal.api.hand = () => {
      terminal.apply(state(false, false, 2));
      return Promise.resolve(state(true, true, 1));
    };
    await terminal.raiseHand(true);
    await vi.advanceTimersByTimeAsync(300);
    expect(terminal.store.get().state).toEqual(state(false, true, 5));
  });

  test("is taken as it comes when nothing has overtaken it", async () => {
    const terminal = seated();
    terminal.api.hand = () => Promise.resolve(state(true, true));
    await terminal.raiseHand(true);
    expect(terminal.store.get().state).toEqual(state(true, true));
  });
});

describe("a push that comes after what was read later", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function late(push: State, server: State) {
    const terminal = seated();
    terminal.api.hand = () => Promise.resolve(state(true, true, 10));
    await terminal.raiseHand(true);
    terminal.api.state = vi.fn(() => Promise.resolve(server));
    terminal.apply(push);
    return terminal;
  }

  test("does not take back what was done meanwhile; the server is asked at once", async () => {
    const terminal = await late(state(true, false, 9), state(true, true, 12));
    expect(terminal.store.get().state).toEqual(state(true, true, 10));
    await vi.advanceTimersByTimeAsync(100);
    expect(terminal.store.get().state).toEqual(state(true, true, 12));
  });

  test("is asked about when both are of one millisecond", async () => {
    const terminal = await late(state(true, false, 10), state(true, true, 12));
    expect(terminal.store.get().state?.hand_raised).toBe(true);
    await vi.advanceTimersByTimeAsync(100);
    expect(terminal.api.state).toHaveBeenCalledTimes(1);
  });

  test("costs nothing when it says the same", async () => {
    const terminal = await late(state(true, true, 9), state(true, true, 12));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(terminal.api.state).not.toHaveBeenCalled();
  });

  test("is asked for when the server's clock was put back: nobody is left behind", async () => {
    const terminal = await late(state(false, false, -3_600_000), state(false, false, -3_599_950));
    await vi.advanceTimersByTimeAsync(100);
    expect(terminal.store.get().state?.sitting.paused).toBe(false);
    terminal.apply(state(true, false, -3_599_000));
    expect(terminal.store.get().state?.sitting.paused).toBe(true);
  });
});

describe("a line that has opened", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** The terminal, its rhythm, and how often the server was asked for the State. */
  function connected() {
    const terminal = seated();
    const { rhythm } = terminal as unknown as { rhythm: Rhythm };
    const asked = vi.fn(() => Promise.resolve(state(false)));
    terminal.api.state = asked;
    rhythm.connected();
    return { terminal, asked };
  }

  test("brings the State by itself: nobody asks for it", async () => {
    const { terminal, asked } = connected();
    await vi.advanceTimersByTimeAsync(500);
    terminal.apply(state(false, false, 1)); // the server's push
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).not.toHaveBeenCalled();
  });

  test("is asked for it when it does not come", async () => {
    const { asked } = connected();
    await vi.advanceTimersByTimeAsync(2_500);
    expect(asked).toHaveBeenCalledTimes(1);
  });
});

describe("starting a subject", () => {
  test("whoever waits for the key has not begun", async () => {
    const terminal = seated();
    const told: number[] = [];
    const began = performance.now();
    terminal.api.start = (_attempt, elapsed) => {
      told.push(elapsed);
      if (told.length < 3) return Promise.reject(new Error("no line"));
      return Promise.resolve({ key: "k", state: state(false) });
    };
    const attempt = { id: "a1", state: "checked_in" } as never;
    const stage = { form_id: "f" } as never;
    const start = () => terminal.day["start"](attempt, stage);
    await expect(start()).rejects.toThrow();
    while (performance.now() - began < 20) await Promise.resolve();
    await expect(start()).rejects.toThrow();
    await start();
    expect(told).toEqual([0, 0, 0]);
    expect(terminal.answering.clock("a1").elapsed()).toBeLessThan(20);
  });
});
