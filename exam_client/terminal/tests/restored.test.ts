import { expect, test, vi } from "vitest";
import { MemoryShelf } from "../src/core/shelf";
import { Terminal } from "../src/core/terminal";
import type { AttemptState, Batch, KeptResponse, Me, State } from "../src/core/types";

function attempt(state: "checked_in" | "in_progress"): AttemptState {
  return { id: "a1", state, fence: 1, ordinal: 1, left_ms: 60_000, running: true } as AttemptState;
}

function room(epoch: number, begun: boolean): State {
  return {
    version: `${epoch}${begun}`,
    epoch,
    now_ms: epoch,
    sitting: { state: "running", planned_start_ms: 0, bell_in_ms: null, paused: false, head: "" },
    checked_in: true,
    pledged: true,
    hand_raised: false,
    attempts: [attempt(begun ? "in_progress" : "checked_in")],
    messages: [],
    absent: false,
    move_to: null,
    result: null,
  };
}

test("answers of a subject that the restored server has not seen begin are sent again", async () => {
  const server = new Map<string, KeptResponse>();
  const terminal = new Terminal(new MemoryShelf());
  terminal.store.set({ me: { block: [] } as unknown as Me, ready: true });
  terminal.api.save = (_attempt: string, batch: Batch) => {
    const receipts = batch.responses.map((one) => {
      server.set(one.item, { ...one, seq: 1, digest: "d" });
      return { item: one.item, revision: one.revision, seq: 1, digest: "d", kept: "counted" as const };
    });
    return Promise.resolve({ receipts, left_ms: 60_000, head_seq: 1, head: "" });
  };
  terminal.api.responses = () =>
    Promise.resolve({ responses: [...server.values()], current_item: 1 });
  terminal.apply(room(1, true));
  await terminal.answering.compare(attempt("in_progress"), 1);
  await vi.waitFor(() => expect(terminal.store.get().reconciled).toBe(true));
  const outbox = terminal.answering.outbox("a1");
  await outbox.change("i1", "b", false);
  await vi.waitFor(() => expect(server.get("i1")?.options).toBe("b"));
  await vi.waitFor(() => expect(outbox.pendingCount).toBe(0));

  server.clear(); // a backup of before the subject began
  terminal.apply(room(1001, false));
  terminal.api.start = () => Promise.resolve({ key: "k", state: room(1001, true) });
  await terminal.day["start"](attempt("checked_in"), { form_id: "f" } as never);
  await terminal.answering.compare(attempt("in_progress"), 1001);
  await vi.waitFor(() => expect(server.get("i1")?.options).toBe("b"));
  expect(outbox.view.get("i1")?.saved).toBe(true);
});
