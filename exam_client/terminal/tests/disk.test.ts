import { describe, expect, test, vi } from "vitest";
import { Refused } from "../src/core/api";
import { screenOf } from "../src/core/app";
import { openPatiently, PatientShelf } from "../src/core/patience";
import { MemoryShelf, type Shelf } from "../src/core/shelf";
import { Slip } from "../src/core/slip";
import { Terminal } from "../src/core/terminal";
import type { AttemptState, Batch, KeptResponse, Me, State, WireResponse } from "../src/core/types";

const QUIET_MS = 60;
const quiet = () => new Promise((done) => setTimeout(done, QUIET_MS));
const never = <T>() => new Promise<T>(() => undefined);

/** A disk that holds what it was given, and of which every write fails or hangs when told to. */
class Disk extends MemoryShelf {
  override readonly durable: false = false;
  trouble: "none" | "full" | "hangs" = "none";

  private write<T>(act: () => Promise<T>): Promise<T> {
    if (this.trouble === "hangs") return never();
    return this.trouble === "full" ? Promise.reject(new Error("QuotaExceededError")) : act();
  }
  override keep: MemoryShelf["keep"] = (...all) => this.write(() => super.keep(...all));
  override settle: MemoryShelf["settle"] = (...all) => this.write(() => super.settle(...all));
  override adopt: MemoryShelf["adopt"] = (...all) => this.write(() => super.adopt(...all));
  override raise: MemoryShelf["raise"] = (...all) => this.write(() => super.raise(...all));
  override setNote: MemoryShelf["setNote"] = (...all) => this.write(() => super.setNote(...all));
}

/** A server that keeps every revision it was ever sent, and refuses one that comes as another's. */
class Server {
  readonly counts = new Map<string, WireResponse>();
  readonly journal = new Map<string, WireResponse>();
  fence = 1;
  handedIn = false;
  /** What it keeps is told once this has come. */
  tells: Promise<void> = Promise.resolve();

  save(batch: Batch) {
    const reused = batch.responses.some((one) => {
      const known = this.journal.get(one.revision.join());
      return known && (known.item !== one.item || known.options !== one.options);
    });
    if (reused) throw new Refused({ type: "revision_reused", title: "", title_en: "", status: 409, facts: {} });
    const receipts = batch.responses.map((one) => {
      this.journal.set(one.revision.join(), one);
      const held = this.counts.get(one.item);
      const older = held && (held.revision[0] - one.revision[0] || held.revision[1] - one.revision[1]) > 0;
      if (!older) this.counts.set(one.item, one);
      return { item: one.item, revision: one.revision, seq: 1, digest: "d", kept: older ? "superseded" : "counted" } as const;
    });
    return { receipts, left_ms: 50_000, head_seq: 1, head: "" };
  }

  kept(): KeptResponse[] {
    return [...this.counts.values()].map((one) => ({ ...one, seq: 1, digest: "d" }));
  }

  state(): State {
    const state = this.handedIn ? "submitted" : "in_progress";
    const attempt = { id: "a1", state, fence: this.fence, ordinal: 1, left_ms: 60_000, limit_ms: 60_000, granted_ms: 0, running: true };
    return {
      version: "1", epoch: 1, now_ms: Date.now(),
      sitting: { state: "running", planned_start_ms: 0, bell_in_ms: null, paused: false, head: "" },
      checked_in: true, pledged: true, hand_raised: false, messages: [], absent: false, move_to: null, result: null,
      attempts: [attempt as AttemptState],
    };
  }
}

const items = ["i1", "i2", "i3"].map((id, at) => ({ id, number: at + 1, type: "single", options: [] }));

/** The page of a candidate whose subject is running, freshly loaded. */
async function page(server: Server, disk: Shelf): Promise<Terminal> {
  const terminal = new Terminal(disk);
  terminal.api.save = async (_attempt: string, batch: Batch) => server.save(batch);
  terminal.api.submit = async (_attempt: string, batch: Batch) => {
    const saved = server.save(batch);
    server.handedIn = true;
    return { ...saved, state: server.state() } as never;
  };
  terminal.api.responses = async () => {
    await server.tells;
    return { responses: server.kept(), current_item: 1 };
  };
  terminal.api.start = async () => ({ key: "k", state: server.state() });
  terminal.line.open = () => undefined;
  terminal["papers"].stage = async () => [{ attempt_id: "a1", form_id: "f" }] as never;
  terminal["papers"].open = async () => ({ items }) as never;
  terminal.store.set({ ready: true, seat: { room: "01", seat: 1 } });
  const me = { candidate_id: "c1", block: [], warn_minutes: [], auto_start_seconds: 60 } as unknown as Me;
  await terminal["takeIn"](me, server.state());
  return terminal;
}

/** As its clock would: until what is asserted holds. */
const until = (terminal: Terminal, holds: () => void) =>
  vi.waitFor(() => {
    terminal.day.advance();
    holds();
  }, { timeout: 4_000, interval: 20 });

const choose = (terminal: Terminal, item: number, letter: string) =>
  terminal.answering.choose(items[item] as never, letter);
const shown = (terminal: Terminal, item: string) => terminal.answering.outbox("a1").view.get(item);

/** The server has i1 = d and i2 = b; the disk could be written only until i1 = a, and now again. */
async function reloaded(): Promise<{ server: Server; disk: Disk }> {
  const server = new Server();
  const disk = new Disk();
  const before = await page(server, disk);
  await until(before, () => expect(screenOf(before.store.get())).toBe("answer"));
  choose(before, 0, "a");
  await vi.waitFor(() => expect(server.counts.get("i1")?.options).toBe("a"));
  await quiet(); // its receipt is on the disk
  disk.trouble = "full";
  choose(before, 1, "b");
  choose(before, 0, "d");
  await vi.waitFor(() => expect(server.counts.get("i1")?.options).toBe("d"));
  before.answering.forget();
  disk.trouble = "none";
  return { server, disk };
}

describe("a disk on which nothing can be written any more", () => {
  test("does not keep the paper closed: what the server holds is shown from memory", async () => {
    const server = new Server();
    server.fence = 2;
    server.save({ responses: [{ item: "i1", options: "a", marked: false, revision: [1, 7], elapsed_ms: 0 }] } as never);
    const disk = new Disk();
    disk.trouble = "full";
    const terminal = await page(server, disk);
    await until(terminal, () => expect(screenOf(terminal.store.get())).toBe("answer"));
    expect(shown(terminal, "i1")).toEqual({ options: "a", marked: false, saved: true });
    choose(terminal, 1, "b");
    await until(terminal, () => expect(server.counts.get("i2")?.revision).toEqual([2, 1]));
    expect(terminal.answering.outbox("a1").kept).toBe(false);
  });

  test("and then can again: a reload shows what the server has", async () => {
    const { server, disk } = await reloaded();
    const after = await page(server, disk);
    await until(after, () => expect(shown(after, "i1")).toMatchObject({ options: "d", saved: true }));
    expect(shown(after, "i2")).toMatchObject({ options: "b", saved: true });
    choose(after, 2, "c");
    await until(after, () => expect(server.counts.get("i3")?.options).toBe("c"));
  });

  test("and then can again: what is chosen before the server has told is the newest all the same", async () => {
    const { server, disk } = await reloaded();
    let tell = () => undefined as void;
    server.tells = new Promise((done) => (tell = done));
    const after = await page(server, disk);
    await until(after, () => expect(screenOf(after.store.get())).toBe("answer"));
    choose(after, 0, "c"); // its number is one that the server has already, as another answer's
    await after.answering.outbox("a1").settled();
    tell();
    await until(after, () => expect(server.counts.get("i1")?.options).toBe("c"));
    await until(after, () => expect(after.answering.outbox("a1").pendingCount).toBe(0));
    expect(shown(after, "i2")).toMatchObject({ options: "b", saved: true });
  });

  test("a hand-in with a number that is another's is carried through", async () => {
    const server = new Server();
    const terminal = await page(server, new Disk());
    await until(terminal, () => expect(screenOf(terminal.store.get())).toBe("answer"));
    for (const counter of [1, 2, 3]) {
      server.journal.set(`1,${counter}`, { item: "i3", options: "d", marked: false, revision: [1, counter], elapsed_ms: 0 });
    }
    server.counts.set("i3", { item: "i3", options: "d", marked: false, revision: [1, 3], elapsed_ms: 0 });
    choose(terminal, 0, "b");
    await terminal.answering.outbox("a1").settled();
    terminal.handIn.check();
    terminal.handIn.askAgain();
    await terminal.handIn.submit();
    await until(terminal, () => expect(server.handedIn).toBe(true));
    expect(server.counts.get("i1")?.options).toBe("b");
  });
});

describe("a disk that stands still without failing", () => {
  test("holds up neither an answer nor the hand-in", async () => {
    const server = new Server();
    const disk = new Disk();
    const terminal = await page(server, new PatientShelf(disk, 20));
    await until(terminal, () => expect(screenOf(terminal.store.get())).toBe("answer"));
    disk.trouble = "hangs";
    choose(terminal, 0, "a");
    choose(terminal, 1, "b");
    await until(terminal, () => expect([...server.counts.keys()]).toEqual(["i1", "i2"]));
    expect(terminal.answering.outbox("a1").kept).toBe(false);
    choose(terminal, 2, "c");
    terminal.handIn.check();
    terminal.handIn.askAgain();
    await terminal.handIn.submit();
    expect(server.handedIn).toBe(true);
    expect(server.counts.get("i3")?.options).toBe("c");
  });

  test("has no notes, and the page opens all the same", async () => {
    const standing = new PatientShelf({ durable: true, note: never } as unknown as Shelf, 20);
    expect(await standing.note("c:me")).toBeUndefined();
    vi.useFakeTimers();
    const opening = openPatiently(never);
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    expect((await opening).durable).toBe(false);
  });
});

test("a slip that is older than what was written since changes nothing", async () => {
  const slips = new Map<string, string>();
  const store = {
    getItem: (key: string) => slips.get(key) ?? null,
    setItem: (key: string, value: string) => void slips.set(key, value),
    removeItem: (key: string) => void slips.delete(key),
  };
  vi.stubGlobal("localStorage", store);
  const server = new Server();
  const disk = new Disk();
  const written = await disk.keep({ attempt: "a1", item: "i1", options: "abc", marked: false, elapsed_ms: 900 }, 1);
  server.save({ responses: [written] } as never);
  const change = { attempt: "a1", marked: false };
  new Slip().note("a1", [
    { ...change, item: "i1", options: "a", elapsed_ms: 700 },
    { ...change, item: "i2", options: "b", elapsed_ms: 950 },
  ]);
  const terminal = await page(server, disk);
  await until(terminal, () => expect(server.counts.get("i2")?.options).toBe("b"));
  expect(server.counts.get("i1")?.options).toBe("abc");
  vi.unstubAllGlobals();
});
