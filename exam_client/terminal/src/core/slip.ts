/**
 * The slip under the keyboard: changes whose write to the disk is still under way.
 *
 * IndexedDB takes some milliseconds, and a reload can come between the click and its end.
 * localStorage is written at once; what is on the slip is made again when the page is back.
 */

import type { Change } from "./shelf";

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const PREFIX = "kaochang.unwritten.";

function browserStore(): Store | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

export class Slip {
  constructor(private readonly store: Store | null = browserStore()) {}

  /** Replaces the attempt's slip; an empty list tears it up. */
  note(attempt: string, changes: readonly Change[]): void {
    try {
      if (changes.length === 0) this.store?.removeItem(PREFIX + attempt);
      else this.store?.setItem(PREFIX + attempt, JSON.stringify(changes));
    } catch {
      // A full or forbidden store: the write to the disk is under way all the same.
    }
  }

  read(attempt: string): Change[] {
    try {
      return JSON.parse(this.store?.getItem(PREFIX + attempt) ?? "[]") as Change[];
    } catch {
      return [];
    }
  }
}
