/** Unusual events of the terminal, told to the server when it can be reached. */

import { type Api, Refused } from "./api";
import type { TerminalEvent } from "./types";

const LIMIT = 200;
const EVERY_MS = 2_000;

export class Reporter {
  private queue: TerminalEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sending = false;

  constructor(
    private readonly api: Api,
    /** Null while there is no candidate, or nothing that could be unusual. */
    private readonly elapsed: () => number | null,
  ) {}

  add(kind: string, data: Record<string, unknown> = {}): void {
    const elapsed = this.elapsed();
    if (elapsed === null) return;
    if (this.queue.length >= LIMIT) this.queue.shift();
    this.queue.push({ kind, elapsed_ms: elapsed, data });
    this.plan(EVERY_MS);
  }

  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.queue = [];
  }

  wake(): void {
    if (this.queue.length > 0) this.plan(0);
  }

  private plan(waitMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), waitMs);
  }

  private async flush(): Promise<void> {
    if (this.sending || this.queue.length === 0) return;
    this.sending = true;
    const batch = this.queue.slice();
    try {
      await this.api.events(batch);
      this.queue = this.queue.filter((one) => !batch.includes(one));
    } catch (error) {
      // Refused as they are: events are told once, they must not queue for ever.
      const unfit = error instanceof Refused && error.problem.status < 429;
      if (unfit) this.queue = this.queue.filter((one) => !batch.includes(one));
    }
    this.sending = false;
    if (this.queue.length > 0) this.plan(EVERY_MS * 3);
  }
}
