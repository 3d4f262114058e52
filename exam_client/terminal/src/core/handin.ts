/** Handing in: asked twice, then carried through whatever the network does. */

import { Refused } from "./api";
import type { Answering } from "./answering";
import { currentAttempt, ended } from "./app";
import { Backoff } from "./backoff";
import type { Core } from "./core";
import { deliver } from "./deliver";
import { reused } from "./outbox";

export class HandInDesk {
  private readonly backoff = new Backoff(1_000, 6_000);
  private running = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly core: Core,
    private readonly answering: Answering,
  ) {}

  check(): void {
    if (this.answering.mayAnswer()) this.core.store.set({ handIn: "check", problem: null });
  }

  askAgain(): void {
    if (this.core.store.get().handIn === "check") this.core.store.set({ handIn: "again" });
  }

  back(): void {
    const { handIn } = this.core.store.get();
    if (handIn === "check" || handIn === "again") this.core.store.set({ handIn: "none", problem: null });
  }

  /** The second yes. From here on it is the machine's task, also over a reload. */
  async submit(): Promise<void> {
    const { attempt } = this.core.store.get();
    if (!attempt) return;
    this.core.store.set({ handIn: "sending" });
    await this.core.shelf.setNote(`c:handin:${attempt}`, true).catch(() => undefined);
    await this.carryThrough(attempt);
  }

  /** Goes on with a hand-in that is not finished; safe to call at any time. */
  resume(): void {
    const { attempt, handIn } = this.core.store.get();
    if (attempt && (handIn === "unfinished" || handIn === "sending") && !this.running) {
      void this.carryThrough(attempt);
    }
  }

  private async carryThrough(attempt: string): Promise<void> {
    if (this.running) return;
    this.running = true;
    clearTimeout(this.timer);
    try {
      const outbox = this.answering.outbox(attempt);
      await outbox.settled();
      const batch = this.answering.batch(attempt, outbox.unsent());
      const asked = this.core.newsCount();
      const { line, api } = this.core;
      const answer = await deliver(
        this.core,
        () => line.submit(attempt, batch),
        () => api.submit(attempt, batch),
      );
      await outbox.receive(answer.receipts);
      this.backoff.reset();
      this.core.apply(answer.state, asked);
      await this.clear(attempt);
    } catch (error) {
      await this.failed(attempt, error);
    } finally {
      this.running = false;
    }
  }

  private async failed(attempt: string, error: unknown): Promise<void> {
    const current = currentAttempt(this.core.store.get().state);
    const over = current?.id !== attempt || ended(current);
    const collided = reused(error);
    if (collided) this.answering.outbox(attempt).hasCollided(); // and again once that is settled
    const final = error instanceof Refused && !collided && error.problem.status < 500 && error.problem.status !== 429;
    if (over || (final && !this.core.refused(error))) {
      // The server will not take it now (for example before the earliest minute): say why.
      await this.clear(attempt);
      this.core.store.set({ handIn: over ? "none" : "check", problem: final ? error.problem : null });
      return;
    }
    this.core.store.set({ handIn: "unfinished" });
    this.timer = setTimeout(() => this.resume(), this.backoff.next());
  }

  private async clear(attempt: string): Promise<void> {
    await this.core.shelf.setNote(`c:handin:${attempt}`, false).catch(() => undefined);
  }
}
