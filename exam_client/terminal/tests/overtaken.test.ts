import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Rhythm } from "../src/core/rhythm";
import { MemoryShelf } from "../src/core/shelf";
import { Terminal } from "../src/core/terminal";
import type { Me, State } from "../src/core/types";

function state(paused: boolean, hand = false): State {
  return {
    version: "v",
    epoch: 1,
    now_ms: 0,
    sitting: { state: "running", planned_start_ms: 0, bell_in_ms: null, paused, head: "" },
    checked_in: false,
    pledged: true,
    hand_raised: hand,
    attempts: [],
    messages: [],
    absent: false,
    move_to: null,
    result_ready: false,
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
      terminal.apply(state(false)); // the room goes on while the answer is under way
      return Promise.resolve(state(true, true));
    };
    terminal.api.state = () => Promise.resolve(state(false, true));
    await terminal.raiseHand(true);
    expect(terminal.store.get().state?.sitting.paused).toBe(false);
    await vi.advanceTimersByTimeAsync(100);
    expect(terminal.store.get().state).toEqual(state(false, true));
  });

  test("is taken as it comes when nothing has overtaken it", async () => {
    const terminal = seated();
    terminal.api.hand = () => Promise.resolve(state(true, true));
    await terminal.raiseHand(true);
    expect(terminal.store.get().state).toEqual(state(true, true));
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
    terminal.apply(state(false)); // the server's push
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
