/** A disk that stands still without failing: nothing on this page waits for it for ever. */

import { type Answer, type Change, MemoryShelf, openShelf, type Shelf } from "./shelf";
import type { Revision } from "./types";

/** A disk that has not answered in this time has failed. */
const PATIENCE_MS = 3_000;
/** It stood still just now: not waited for as long again until it answers in time. */
const LESS_PATIENCE_MS = 500;

/** This machine's shelf; memory when its disk does not open in time. */
export async function openPatiently(open: () => Promise<Shelf> = openShelf): Promise<Shelf> {
  try {
    return new PatientShelf(await within(PATIENCE_MS, open()));
  } catch {
    return new MemoryShelf();
  }
}

/**
 * A shelf whose operations end: what takes too long is rejected like what fails. The write may
 * still happen later; a note that cannot be read is a note that is not there.
 */
export class PatientShelf implements Shelf {
  readonly durable: boolean;
  private patienceMs: number;

  constructor(
    private readonly inner: Shelf,
    private readonly fullPatienceMs = PATIENCE_MS,
  ) {
    this.durable = inner.durable;
    this.patienceMs = fullPatienceMs;
  }

  keep(change: Change, fence: number): Promise<Answer> {
    return this.soon(this.inner.keep(change, fence));
  }

  answers(attempt: string): Promise<Answer[]> {
    return this.soon(this.inner.answers(attempt));
  }

  settle(attempt: string, item: string, revision: Revision, kept: Answer["kept"]): Promise<void> {
    return this.soon(this.inner.settle(attempt, item, revision, kept));
  }

  adopt(attempt: string, answers: readonly Answer[]): Promise<void> {
    return this.soon(this.inner.adopt(attempt, answers));
  }

  raise(attempt: string, fence: number, counter: number): Promise<void> {
    return this.soon(this.inner.raise(attempt, fence, counter));
  }

  note<T>(key: string): Promise<T | undefined> {
    return this.soon(this.inner.note<T>(key)).catch(() => undefined);
  }

  setNote(key: string, value: unknown): Promise<void> {
    return this.soon(this.inner.setNote(key, value));
  }

  dropNotes(prefix: string): Promise<void> {
    return this.soon(this.inner.dropNotes(prefix));
  }

  private async soon<T>(operation: Promise<T>): Promise<T> {
    try {
      const answer = await within(this.patienceMs, operation);
      this.patienceMs = this.fullPatienceMs;
      return answer;
    } catch (error) {
      if (error instanceof TooSlow) this.patienceMs = Math.min(this.patienceMs, LESS_PATIENCE_MS);
      throw error;
    }
  }
}

class TooSlow extends Error {}

async function within<T>(ms: number, operation: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooSlow("the disk does not answer")), ms);
  });
  try {
    return await Promise.race([operation, late]);
  } finally {
    clearTimeout(timer);
  }
}
