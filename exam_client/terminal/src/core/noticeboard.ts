/** Which bands are up, and what has been told already on this machine. */

import type { App } from "./app";
import { addNotices, CLOSES_AFTER_MS, newsOf, type Notice, type Told } from "./notices";
import type { Shelf } from "./shelf";
import type { Store } from "./store";
import type { State } from "./types";

const NOTHING: Told = { messages: [], granted: {} };
const LONGEST_MEMORY = 200;

export class NoticeBoard {
  private told: Told = NOTHING;

  constructor(
    private readonly store: Store<App>,
    private readonly shelf: Shelf,
  ) {}

  /** Takes up what this machine told the candidate before a reload. */
  async restore(): Promise<void> {
    this.told = (await this.shelf.note<Told>("c:told")) ?? NOTHING;
  }

  forget(): void {
    this.told = NOTHING;
  }

  /** Puts up what is new in a State. */
  read(before: State | null, state: State): void {
    const { notices, told } = newsOf(before, state, this.told);
    this.remember(told);
    for (const one of notices) this.put(one);
  }

  put(notice: Notice): void {
    this.store.set({ notices: addNotices(this.store.get().notices, [notice]) });
    const after = CLOSES_AFTER_MS[notice.kind];
    if (after) setTimeout(() => this.dismiss(notice.id), after);
  }

  dismiss(id: string): void {
    const { notices } = this.store.get();
    const closed = notices.find((one) => one.id === id);
    if (!closed) return;
    if (closed.kind === "message") {
      const messages = [...this.told.messages, id].slice(-LONGEST_MEMORY);
      this.remember({ ...this.told, messages });
    }
    this.store.set({ notices: notices.filter((one) => one.id !== id) });
  }

  private remember(told: Told): void {
    this.told = told;
    void this.shelf.setNote("c:told", told).catch(() => undefined);
  }
}
