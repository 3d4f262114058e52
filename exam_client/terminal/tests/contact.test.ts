import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Api, Unreachable } from "../src/core/api";
import { MemoryShelf } from "../src/core/shelf";
import { Terminal } from "../src/core/terminal";
import type { AttemptState, Me, Problem, State } from "../src/core/types";

const NOT_SAVED: Problem = { type: "not_saved", title: "", title_en: "", status: 503, facts: {} };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a heartbeat that the server refuses", () => {
  function answering(): Terminal {
    const terminal = new Terminal(new MemoryShelf());
    terminal.store.set({ me: { block: [], warn_minutes: [] } as unknown as Me, ready: true, attempt: "a1", reconciled: true });
    terminal.apply({
      version: "1", epoch: 1, now_ms: 1,
      sitting: { state: "running", planned_start_ms: 0, bell_in_ms: null, paused: false, head: "" },
      checked_in: true, pledged: true, hand_raised: false, messages: [], absent: false, move_to: null, result: null,
      attempts: [{ id: "a1", state: "in_progress", fence: 1, ordinal: 1, left_ms: 60_000, running: true } as AttemptState],
    } as State);
    const emitWithAck = () => Promise.resolve({ problem: NOT_SAVED });
    terminal.line["socket"] = { connected: true, timeout: () => ({ emitWithAck }) } as never;
    return terminal;
  }

  test("takes neither the candidate's time nor the pen", async () => {
    const terminal = answering();
    const asked = vi.fn(() => Promise.resolve(terminal.store.get().state as State));
    terminal.api.state = asked;
    await terminal["rhythm"]["beat"]();
    expect(terminal.answering.clock("a1").left()).toBe(60_000);
    expect(terminal.answering.mayAnswer()).toBe(true);
    expect(terminal.store.get().linkUp).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toHaveBeenCalled();
  });
});

test("an answer of which only the head comes is given up like one that does not come", async () => {
  const told: boolean[] = [];
  const api = new Api({
    onContact: (reached) => told.push(reached),
    fetch: (async (_address: string, { signal }: { signal: AbortSignal }) => {
      const body = new ReadableStream({
        start: (stream) => signal.addEventListener("abort", () => stream.error(new Error("aborted"))),
      });
      return new Response(body, { status: 200 });
    }) as never,
  });
  const asked = api.state().catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(6_100);
  expect(await asked).toBeInstanceOf(Unreachable);
  expect(told).toEqual([false]);
});

test("a sealed form that is not given says nothing of the line", async () => {
  const told: boolean[] = [];
  const api = new Api({
    onContact: (reached) => told.push(reached),
    fetch: () => Promise.resolve(new Response("", { status: 503 })),
  });
  await expect(api.blob("d")).rejects.toBeInstanceOf(Unreachable);
  expect(told).toEqual([]);
});
