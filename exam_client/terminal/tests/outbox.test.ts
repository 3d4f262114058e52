import "fake-indexeddb/auto";
import { describe, expect, test, vi } from "vitest";
import { Refused, Unreachable } from "../src/core/api";
import { Backoff } from "../src/core/backoff";
import { Outbox, type OutboxOptions } from "../src/core/outbox";
import { MemoryShelf, openShelf, type Shelf } from "../src/core/shelf";
import { Slip } from "../src/core/slip";
import type { KeptResponse, Receipt, Revision, WireResponse } from "../src/core/types";

let database = 0;
const freshShelf = () => openShelf(`test-${(database += 1)}`);

/** A server that keeps the newest revision of each item, and can be unplugged. */
class Server {
  readonly kept = new Map<string, WireResponse>();
  readonly batches: WireResponse[][] = [];
  fault: Error | null = null;
  ended = false;
  forgetReceipts = 0;

  async save(responses: WireResponse[]): Promise<{ receipts: Receipt[] }> {
    await Promise.resolve();
    if (this.fault) throw this.fault;
    this.batches.push(responses);
    const receipts = responses.map((one) => this.keep(one));
    if (this.forgetReceipts > 0) {
      this.forgetReceipts -= 1;
      throw new Unreachable("the answer was lost on the way");
    }
    return { receipts };
  }

  private keep(one: WireResponse): Receipt {
    const held = this.kept.get(one.item);
    const older = held !== undefined && higher(held.revision, one.revision);
    const kept = this.ended ? "late" : older ? "superseded" : "counted";
    if (kept === "counted") this.kept.set(one.item, one);
    return { item: one.item, revision: one.revision, seq: 1, digest: "d", kept };
  }

  responses(): KeptResponse[] {
    return [...this.kept.values()].map(({ item, options, marked, revision }) => ({
      item,
      options,
      marked,
      revision,
      seq: 1,
      digest: "d",
    }));
  }
}

const higher = (a: Revision, b: Revision) => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);

function desk(server: Server, shelf: Shelf, over: Partial<OutboxOptions> = {}) {
  return new Outbox({
    attempt: "a1",
    shelf,
    fence: () => 1,
    elapsed: () => 1234,
    ready: () => true,
    send: (_attempt, responses) => server.save(responses),
    onChange: () => undefined,
    onRefused: () => undefined,
    onSuperseded: () => undefined,
    onLate: () => undefined,
    backoff: new Backoff(5, 20),
    ...over,
  });
}

const saved = (outbox: Outbox) => vi.waitFor(() => expect(outbox.pendingCount).toBe(0));
const refusal = (type: string, status: number) =>
  new Refused({ type, title: "", title_en: "", status, facts: {} });

describe("an answer", () => {
  test("is on this machine's disk before it is sent, and saved only with the receipt", async () => {
    const shelf = await freshShelf();
    const server = new Server();
    server.fault = new Unreachable("cable out");
    const outbox = desk(server, shelf);
    await outbox.change("i1", "b", false);
    expect((await shelf.answers("a1"))[0]).toMatchObject({ item: "i1", options: "b", kept: "" });
    expect(outbox.view.get("i1")).toEqual({ options: "b", marked: false, saved: false });
    server.fault = null;
    await saved(outbox);
    expect(outbox.view.get("i1")?.saved).toBe(true);
    expect(outbox.lastSaved).toBe("i1");
    expect((await shelf.answers("a1"))[0]?.kept).toBe("counted");
  });

  test("survives a crash between two tries, and arrives with the same revision", async () => {
    const shelf = await freshShelf();
    const server = new Server();
    server.fault = new Unreachable("cable out");
    const before = desk(server, shelf);
    await before.change("i1", "b", true);
    before.close();
    const revision = (await shelf.answers("a1"))[0]?.revision;

    server.fault = null;
    const after = desk(server, shelf);
    expect(await after.load()).toBe(1);
    expect(after.view.get("i1")).toMatchObject({ options: "b", marked: true });
    await saved(after);
    expect(server.kept.get("i1")).toMatchObject({ options: "b", marked: true, revision });
  });

  test("made right before a reload, its write not finished, is made again", async () => {
    const paper = new Map<string, string>();
    const slip = new Slip({
      getItem: (key) => paper.get(key) ?? null,
      setItem: (key, value) => void paper.set(key, value),
      removeItem: (key) => void paper.delete(key),
    });
    const shelf = await freshShelf();
    const server = new Server();
    const stuck: Shelf = Object.assign(Object.create(shelf) as Shelf, {
      keep: () => new Promise(() => undefined),
    });
    const before = desk(server, stuck, { slip });
    void before.change("i1", "a", false);
    void before.change("i1", "b", true);
    expect(before.unwrittenCount).toBe(2);

    const after = desk(server, shelf, { slip });
    await after.load();
    expect(after.view.get("i1")).toMatchObject({ options: "b", marked: true });
    await saved(after);
    expect(server.kept.get("i1")).toMatchObject({ options: "b", marked: true, revision: [1, 1] });
    expect(paper.size).toBe(0);
  });

  test("changed many times while offline is sent once, as it was last", async () => {
    const server = new Server();
    server.fault = new Unreachable("cable out");
    const outbox = desk(server, await freshShelf());
    for (const options of ["a", "ab", "abc", "bc"]) void outbox.change("i1", options, false);
    await outbox.change("i2", "d", false);
    expect(outbox.pendingCount).toBe(2);
    server.fault = null;
    await saved(outbox);
    expect(server.kept.get("i1")?.options).toBe("bc");
    expect(server.batches.flat().filter((one) => one.item === "i1")).toHaveLength(1);
  });

  test("whose receipt was lost is sent again and taken once", async () => {
    const server = new Server();
    server.forgetReceipts = 2;
    const outbox = desk(server, await freshShelf());
    await outbox.change("i1", "c", false);
    await saved(outbox);
    const revisions = server.batches.flat().map((one) => one.revision.join("."));
    expect(new Set(revisions).size).toBe(1);
    expect(revisions).toHaveLength(3);
  });

  test("changed while its first revision is under way is not called saved by the old receipt", async () => {
    const server = new Server();
    let release: () => void = () => undefined;
    const held = new Promise<void>((done) => (release = done));
    const outbox = desk(server, await freshShelf(), {
      send: async (_attempt, responses) => {
        await held;
        return server.save(responses);
      },
    });
    await outbox.change("i1", "a", false);
    await outbox.change("i1", "b", false);
    expect(outbox.view.get("i1")).toMatchObject({ options: "b", saved: false });
    release();
    await saved(outbox);
    expect(server.kept.get("i1")?.options).toBe("b");
  });

  test("is not sent before the server has started the attempt", async () => {
    const server = new Server();
    let started = false;
    const outbox = desk(server, await freshShelf(), { ready: () => started });
    await outbox.change("i1", "a", false);
    expect(server.batches).toHaveLength(0);
    started = true;
    outbox.wake();
    await saved(outbox);
  });
});

describe("trouble", () => {
  test("not_saved is told as such, and tried until it is saved", async () => {
    const server = new Server();
    server.fault = refusal("not_saved", 503);
    const outbox = desk(server, await freshShelf());
    await outbox.change("i1", "a", false);
    await vi.waitFor(() => expect(outbox.trouble).toBe("refused"));
    server.fault = null;
    await saved(outbox);
    await vi.waitFor(() => expect(outbox.trouble).toBe("none"));
  });

  test("one answer the server cannot take does not hold up the others", async () => {
    const server = new Server();
    const outbox = desk(server, await freshShelf(), {
      send: (_attempt, responses) => {
        if (responses.some((one) => one.item === "bad")) return Promise.reject(refusal("bad_response", 422));
        return server.save(responses);
      },
    });
    void outbox.change("bad", "z", false);
    void outbox.change("i1", "a", false);
    await outbox.change("i2", "b", false);
    await vi.waitFor(() => expect(server.kept.size).toBe(2));
    expect(outbox.pendingCount).toBe(1);
    expect(outbox.trouble).toBe("refused");
  });

  test("without a disk answers still go to the server, and kept is false", async () => {
    const server = new Server();
    const shelf = new MemoryShelf();
    const broken: Shelf = Object.assign(Object.create(shelf) as Shelf, {
      durable: true,
      keep: () => Promise.reject(new Error("quota")),
    });
    const outbox = desk(server, broken);
    await outbox.change("i1", "a", false);
    await outbox.change("i1", "b", false);
    await saved(outbox);
    expect(outbox.kept).toBe(false);
    expect(server.kept.get("i1")?.options).toBe("b");
  });

  test("late evidence is told and not sent again", async () => {
    const server = new Server();
    server.ended = true;
    const onLate = vi.fn();
    const outbox = desk(server, await freshShelf(), { onLate });
    await outbox.change("i1", "a", false);
    await saved(outbox);
    expect(onLate).toHaveBeenCalledTimes(1);
    expect(outbox.view.get("i1")?.saved).toBe(false);
  });
});

describe("revisions", () => {
  test("count on over a reload, never twice the same", async () => {
    const shelf = await freshShelf();
    const server = new Server();
    const first = desk(server, shelf);
    await first.change("i1", "a", false);
    await first.change("i2", "a", false);
    await saved(first);
    const second = desk(server, shelf);
    await second.load();
    await second.change("i1", "b", false);
    await saved(second);
    expect(server.kept.get("i1")?.revision).toEqual([1, 3]);
  });

  test("two windows of one browser never draw the same counter", async () => {
    const shelf = await freshShelf();
    const change = { attempt: "a1", options: "a", marked: false, elapsed_ms: 0 };
    const drawn = await Promise.all(
      Array.from({ length: 20 }, (_, n) => shelf.keep({ ...change, item: `i${n}` }, 1)),
    );
    expect(new Set(drawn.map((one) => one.revision[1])).size).toBe(20);
  });

  test("a fresh machine takes over what the server holds and counts above it", async () => {
    const server = new Server();
    server.kept.set("i1", { item: "i1", options: "c", marked: true, revision: [1, 40], elapsed_ms: 0 });
    const outbox = desk(server, await freshShelf());
    await outbox.reconcile(server.responses());
    expect(outbox.view.get("i1")).toEqual({ options: "c", marked: true, saved: true });
    await outbox.change("i1", "d", true);
    await saved(outbox);
    expect(server.kept.get("i1")).toMatchObject({ options: "d", revision: [1, 41] });
  });
});

describe("coming together with the server again", () => {
  test("what the server lost is sent again", async () => {
    const server = new Server();
    const outbox = desk(server, await freshShelf());
    await outbox.change("i1", "a", false);
    await saved(outbox);
    server.kept.clear();
    await outbox.reconcile(server.responses());
    await saved(outbox);
    expect(server.kept.get("i1")?.options).toBe("a");
  });

  test("own unsent answers are presented again under the new fence", async () => {
    const server = new Server();
    server.fault = new Unreachable("cable out");
    let fence = 1;
    const outbox = desk(server, await freshShelf(), {
      fence: () => fence,
      backoff: new Backoff(60_000, 60_000), // nothing is sent on its own meanwhile
    });
    await outbox.change("i1", "a", false);
    server.fault = null;
    fence = 2;
    await outbox.reconcile(server.responses());
    await saved(outbox);
    expect(server.kept.get("i1")?.revision).toEqual([2, 1]);
  });

  test("a disk set back to an older state draws new revisions instead of colliding", async () => {
    const server = new Server();
    server.kept.set("i9", { item: "i9", options: "a", marked: false, revision: [1, 1], elapsed_ms: 0 });
    let outbox: Outbox | null = null;
    const compare = () => void outbox?.reconcile(server.responses());
    outbox = desk(server, await freshShelf(), {
      onSuperseded: compare,
      send: (_attempt, responses) => {
        const taken = [...server.kept.values()];
        const reused = responses.some((one) =>
          taken.some((two) => two.item !== one.item && two.revision.join() === one.revision.join()),
        );
        return reused ? Promise.reject(refusal("revision_reused", 409)) : server.save(responses);
      },
    });
    await outbox.change("i1", "c", false);
    await saved(outbox);
    expect(server.kept.get("i1")).toMatchObject({ options: "c", revision: [1, 2] });
    expect(server.kept.get("i9")?.options).toBe("a");
  });

  test("an answer another machine has overtaken goes as evidence and gives way", async () => {
    const server = new Server();
    server.fault = new Unreachable("cable out");
    let fence = 1;
    const shelf = await freshShelf();
    const outbox = desk(server, shelf, { fence: () => fence });
    await outbox.change("i1", "a", false);
    server.fault = null;
    server.kept.set("i1", { item: "i1", options: "d", marked: false, revision: [2, 1], elapsed_ms: 0 });
    fence = 3;
    await outbox.reconcile(server.responses());
    expect(server.batches.flat().map((one) => one.options)).toContain("a");
    expect(outbox.view.get("i1")).toEqual({ options: "d", marked: false, saved: true });
    expect(server.kept.get("i1")?.options).toBe("d");
    expect(outbox.pendingCount).toBe(0);
  });
});
