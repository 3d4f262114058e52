/**
 * Moves the candidate's day on: stages the papers, opens them at the bell, starts the next
 * subject. Called after every piece of news and every second; each step is taken once however
 * often it is called.
 */

import type { Answering } from "./answering";
import {
  bellHasRung,
  currentAttempt,
  freshAttempt,
  previousAttempt,
  started,
} from "./app";
import type { Core } from "./core";
import { deliver } from "./deliver";
import type { HandInDesk } from "./handin";
import type { Papers } from "./papers";
import type { AttemptState, Stage } from "./types";

const RETRY_MS = 2_000;
const START_SPREAD_MS = 1_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export class Day {
  private readonly busy = new Set<string>();
  private readonly notBefore = new Map<string, number>();
  /** When the next subject starts by itself, on the monotonic clock; null while it is not due. */
  private nextAt: { attempt: string; at: number } | null = null;

  constructor(
    private readonly core: Core,
    private readonly papers: Papers,
    private readonly answering: Answering,
    private readonly desk: HandInDesk,
  ) {}

  forget(): void {
    this.nextAt = null;
    this.notBefore.clear();
    this.papers.forget();
  }

  advance(): void {
    const { me, state, staging, attempt } = this.core.store.get();
    if (!me || !state?.checked_in || state.absent) return;
    if (staging !== "ready") void this.once("stage", () => this.stage());
    const current = currentAttempt(state);
    if (attempt && current?.id !== attempt) this.leave();
    if (!current) return;
    if (started(current)) {
      void this.once("open", () => this.open(current));
      void this.answering.compare(current, state.epoch);
      this.desk.resume();
    } else if (previousAttempt(state)) {
      this.planNext(current);
    } else if (bellHasRung(state) && current.state !== "assigned") {
      void this.once("open", () => this.open(current));
    }
  }

  /** The bell's broadcast: the paper opens at once, the server hears of it a moment later. */
  async bell(keys: Record<string, string>): Promise<void> {
    const { stages, state } = this.core.store.get();
    for (const stage of stages) {
      const key = keys[stage.form_id];
      if (key) await this.papers.keep(stage.form_id, key);
    }
    const current = currentAttempt(state);
    if (!current || !state?.checked_in || previousAttempt(state)) return;
    this.notBefore.delete("open");
    await this.once("open", () => this.open(current));
  }

  startNext(): void {
    const current = currentAttempt(this.core.store.get().state);
    if (!current) return;
    this.notBefore.delete("open");
    this.core.store.set({ busy: true });
    void this.once("open", () => this.open(current)).finally(() => this.core.store.set({ busy: false }));
  }

  /** Seconds until the next subject starts by itself, or null. */
  secondsToNext(): number | null {
    return this.nextAt && Math.max(0, Math.ceil((this.nextAt.at - performance.now()) / 1000));
  }

  /** The subject in hand has ended; what was said about it is over too. */
  private leave(): void {
    const { notices } = this.core.store.get();
    this.core.store.set({ ...freshAttempt(), notices: notices.filter((one) => one.kind === "message") });
  }

  private planNext(current: AttemptState): void {
    const { me, state } = this.core.store.get();
    if (!me || !state) return;
    if (this.nextAt?.attempt !== current.id) {
      const since = state.now_ms - (previousAttempt(state)?.submitted_ms ?? state.now_ms);
      const wait = me.auto_start_seconds * 1000 - Math.max(0, since);
      // A page that comes back later still leaves a moment to read what happens.
      this.nextAt = { attempt: current.id, at: performance.now() + Math.max(5_000, wait) };
    }
    if (state.sitting.paused) this.nextAt.at = Math.max(this.nextAt.at, performance.now() + 5_000);
    else if (performance.now() >= this.nextAt.at) void this.once("open", () => this.open(current));
  }

  private async stage(): Promise<void> {
    const { staging } = this.core.store.get();
    if (staging === "none") this.core.store.set({ staging: "loading" });
    try {
      this.core.store.set({ stages: await this.papers.stage(), staging: "ready" });
    } catch (error) {
      if (!this.core.refused(error)) this.core.store.set({ staging: "failed" });
      throw error;
    }
  }

  /** Opens the attempt's paper: from the key in hand, else from the one `start` answers. */
  private async open(attempt: AttemptState): Promise<void> {
    const stage = this.core.store.get().stages.find((one) => one.attempt_id === attempt.id);
    if (!stage) return;
    let key = await this.papers.key(stage.form_id);
    if (key) {
      await this.show(attempt, stage, key);
      // Time runs from the bell anyway: the halls' keys leave before all say that they have theirs.
      if (!started(attempt)) await pause(Math.random() * START_SPREAD_MS);
    }
    if (!started(attempt) || !key) {
      key = await this.start(attempt, stage);
      await this.show(attempt, stage, key);
    }
  }

  private async start(attempt: AttemptState, stage: Stage): Promise<string> {
    const fresh = !started(attempt);
    const clock = this.answering.clock(attempt.id);
    const asked = this.core.newsCount();
    const { line, api } = this.core;
    const answer = await deliver(
      this.core,
      () => line.start(attempt.id, clock.elapsed()),
      () => api.start(attempt.id, clock.elapsed()),
    );
    clock.begin(); // not before: whoever waits for the key has not begun
    await this.papers.keep(stage.form_id, answer.key);
    const now = answer.state.attempts.find((one) => one.id === attempt.id);
    if (fresh && now) this.answering.markFresh(now, answer.state.epoch);
    this.core.apply(answer.state, asked);
    this.answering.wake();
    return answer.key;
  }

  private async show(attempt: AttemptState, stage: Stage, key: string): Promise<void> {
    if (this.core.store.get().attempt === attempt.id) return;
    const began = performance.now();
    try {
      const paper = await this.papers.open(stage, key);
      const clock = this.answering.clock(attempt.id);
      clock.begin();
      if (!started(attempt) && !clock.running) {
        // Until the server answers, the full time runs from the bell, shown as 约.
        const saved = { leftMs: attempt.left_ms, elapsedMs: 0, running: true, wallMs: Date.now() };
        clock.restore(saved, saved.wallMs);
      }
      await this.answering.show(attempt.id, paper);
      const { state } = this.core.store.get();
      const now = currentAttempt(state);
      if (state && now) void this.answering.compare(now, state.epoch);
      this.core.reporter.add("opened", { ms: Math.round(performance.now() - began) });
    } catch (error) {
      this.core.store.set({ openFailed: true });
      await this.papers.discard(stage.form_id);
      this.core.reporter.add("open_failed", { reason: error instanceof Error ? error.message : "" });
      throw error;
    }
  }

  /** One at a time, and after a failure not again for two seconds. */
  private async once(name: string, step: () => Promise<void>): Promise<void> {
    if (this.busy.has(name) || performance.now() < (this.notBefore.get(name) ?? 0)) return;
    this.busy.add(name);
    try {
      await step();
    } catch (error) {
      this.core.refused(error);
      this.notBefore.set(name, performance.now() + RETRY_MS);
    } finally {
      this.busy.delete(name);
    }
  }
}
