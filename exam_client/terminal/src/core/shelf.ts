/**
 * What this machine keeps over a reload or a crash: IndexedDB, or memory when there is none.
 *
 * One counter per attempt, raised in the same transaction that stores the answer, so that no
 * revision is ever used twice, not even by a second window of the same browser.
 */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Revision, WireResponse } from "./types";

export interface Answer extends WireResponse {
  attempt: string;
  /** The server's receipt: "" until one has come. */
  kept: "" | "counted" | "superseded" | "late";
}

/** A change the candidate made; its revision is given by the shelf. */
export interface Change {
  attempt: string;
  item: string;
  options: string;
  marked: boolean;
  elapsed_ms: number;
}

interface Schema extends DBSchema {
  answers: { key: [string, string]; value: Answer; indexes: { attempt: string } };
  counters: { key: [string, number]; value: number };
  notes: { key: string; value: unknown };
}

export interface Shelf {
  /** False: what is kept here dies with the page, and the terminal must say so. */
  readonly durable: boolean;
  /** Gives the change the next revision of `fence` and stores it; durable when it resolves. */
  keep(change: Change, fence: number): Promise<Answer>;
  /** The attempt's answers, one per item, in no order. */
  answers(attempt: string): Promise<Answer[]>;
  /** Stores the receipt, unless a newer revision has taken the place. */
  settle(attempt: string, item: string, revision: Revision, kept: Answer["kept"]): Promise<void>;
  /** Stores what the server holds, in one go, unless this machine holds something newer; the next
   * revisions are above all of it. */
  adopt(attempt: string, answers: readonly Answer[]): Promise<void>;
  /** The next revision of `fence` will be above `counter`. */
  raise(attempt: string, fence: number, counter: number): Promise<void>;
  note<T>(key: string): Promise<T | undefined>;
  setNote(key: string, value: unknown): Promise<void>;
  dropNotes(prefix: string): Promise<void>;
}

export function newer(a: Revision, b: Revision): boolean {
  return a[0] !== b[0] ? a[0] > b[0] : a[1] > b[1];
}

export function same(a: Revision, b: Revision): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

export async function openShelf(name = "kaochang"): Promise<Shelf> {
  try {
    const db = await openDB<Schema>(name, 1, {
      upgrade(fresh) {
        fresh.createObjectStore("answers", { keyPath: ["attempt", "item"] }).createIndex("attempt", "attempt");
        fresh.createObjectStore("counters");
        fresh.createObjectStore("notes");
      },
    });
    return new IndexedShelf(db);
  } catch {
    return new MemoryShelf();
  }
}

class IndexedShelf implements Shelf {
  readonly durable = true;

  constructor(private readonly db: IDBPDatabase<Schema>) {}

  async keep(change: Change, fence: number): Promise<Answer> {
    const tx = this.db.transaction(["answers", "counters"], "readwrite", STRICT);
    const counters = tx.objectStore("counters");
    const counter = ((await counters.get([change.attempt, fence])) ?? 0) + 1;
    const answer: Answer = { ...change, revision: [fence, counter], kept: "" };
    await Promise.all([
      counters.put(counter, [change.attempt, fence]),
      tx.objectStore("answers").put(answer),
      tx.done,
    ]);
    return answer;
  }

  answers(attempt: string): Promise<Answer[]> {
    return this.db.getAllFromIndex("answers", "attempt", attempt);
  }

  async settle(attempt: string, item: string, revision: Revision, kept: Answer["kept"]): Promise<void> {
    const tx = this.db.transaction("answers", "readwrite");
    const held = await tx.store.get([attempt, item]);
    if (held && same(held.revision, revision)) await tx.store.put({ ...held, kept });
    await tx.done;
  }

  async adopt(attempt: string, answers: readonly Answer[]): Promise<void> {
    const tx = this.db.transaction(["answers", "counters"], "readwrite");
    const counters = tx.objectStore("counters");
    for (const answer of answers) {
      const [fence, counter] = answer.revision;
      const held = await tx.objectStore("answers").get([attempt, answer.item]);
      if (!held || newer(answer.revision, held.revision)) await tx.objectStore("answers").put(answer);
      if (counter > ((await counters.get([attempt, fence])) ?? 0)) await counters.put(counter, [attempt, fence]);
    }
    await tx.done;
  }

  async raise(attempt: string, fence: number, counter: number): Promise<void> {
    const tx = this.db.transaction("counters", "readwrite");
    const held = (await tx.store.get([attempt, fence])) ?? 0;
    if (counter > held) await tx.store.put(counter, [attempt, fence]);
    await tx.done;
  }

  async note<T>(key: string): Promise<T | undefined> {
    return (await this.db.get("notes", key)) as T | undefined;
  }

  async setNote(key: string, value: unknown): Promise<void> {
    const tx = this.db.transaction("notes", "readwrite", RENEWED.test(key) ? {} : STRICT);
    await Promise.all([tx.store.put(value, key), tx.done]);
  }

  async dropNotes(prefix: string): Promise<void> {
    await this.db.delete("notes", IDBKeyRange.bound(prefix, `${prefix}\uffff`));
  }
}

/** Flushed to the disk before it counts as kept; older Chromium ignores the wish. */
const STRICT: IDBTransactionOptions = { durability: "strict" };
/** Rewritten every few seconds: after a crash these may be a moment old, the others may not. */
const RENEWED = /^c:(clock:|state$)/;

export class MemoryShelf implements Shelf {
  readonly durable = false;
  private readonly held = new Map<string, Answer>();
  private readonly counters = new Map<string, number>();
  private readonly notes = new Map<string, unknown>();

  keep(change: Change, fence: number): Promise<Answer> {
    const at = `${change.attempt} ${fence}`;
    const counter = (this.counters.get(at) ?? 0) + 1;
    this.counters.set(at, counter);
    const answer: Answer = { ...change, revision: [fence, counter], kept: "" };
    this.held.set(`${change.attempt} ${change.item}`, answer);
    return Promise.resolve(answer);
  }

  answers(attempt: string): Promise<Answer[]> {
    return Promise.resolve([...this.held.values()].filter((one) => one.attempt === attempt));
  }

  settle(attempt: string, item: string, revision: Revision, kept: Answer["kept"]): Promise<void> {
    const held = this.held.get(`${attempt} ${item}`);
    if (held && same(held.revision, revision)) held.kept = kept;
    return Promise.resolve();
  }

  async adopt(attempt: string, answers: readonly Answer[]): Promise<void> {
    for (const answer of answers) {
      const at = `${attempt} ${answer.item}`;
      const held = this.held.get(at);
      if (!held || newer(answer.revision, held.revision)) this.held.set(at, answer);
      await this.raise(attempt, ...answer.revision);
    }
  }

  raise(attempt: string, fence: number, counter: number): Promise<void> {
    const at = `${attempt} ${fence}`;
    this.counters.set(at, Math.max(counter, this.counters.get(at) ?? 0));
    return Promise.resolve();
  }

  note<T>(key: string): Promise<T | undefined> {
    return Promise.resolve(this.notes.get(key) as T | undefined);
  }

  setNote(key: string, value: unknown): Promise<void> {
    this.notes.set(key, value);
    return Promise.resolve();
  }

  dropNotes(prefix: string): Promise<void> {
    for (const key of this.notes.keys()) if (key.startsWith(prefix)) this.notes.delete(key);
    return Promise.resolve();
  }
}
