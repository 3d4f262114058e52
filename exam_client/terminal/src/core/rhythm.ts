/** What happens by the clock: warnings, time up, the heartbeat and the poll behind the pushes. */

import type { Answering } from "./answering";
import { Refused } from "./api";
import { currentAttempt, started } from "./app";
import type { Core } from "./core";
import type { Day } from "./day";
import { keepHead } from "./heads";
import { nextPollMs } from "./link";
import type { Notice } from "./notices";
import { dueWarning } from "./timer";
import type { Me } from "./types";

const BEAT_MS = 10_000;
const TICK_MS = 250;
const SOON_MS = 50;
const EVERY_SECOND = 4;
const SAVE_CLOCK_EVERY = 8;
/** A machine at which nobody sits yet asks what its room is waiting for; more often until it knows. */
const PLACE_MS = 30_000;
const NO_PLACE_MS = 10_000;
/** The server tells the State to whoever connects: it is asked for only if that is lost. */
const TOLD_MS = 2_000;

export interface RhythmOptions {
  notify(notice: Notice): void;
  refreshPlace(): Promise<void>;
  linkFailed(): void;
}

export class Rhythm {
  private readonly warned = new Set<number>();
  private pollTimer: ReturnType<typeof setTimeout> | undefined;
  private polling = false;
  private soon = false;
  /** How many States have come so far. */
  newsCount = 0;
  private ticks = 0;
  private placeAt = performance.now() + NO_PLACE_MS;

  constructor(
    private readonly core: Core,
    private readonly answering: Answering,
    private readonly day: Day,
    private readonly options: RhythmOptions,
  ) {}

  begin(): void {
    setInterval(() => this.tick(), TICK_MS);
    setInterval(() => void this.beat(), BEAT_MS);
    this.planPoll();
  }

  forget(): void {
    this.warned.clear();
  }

  /** A State has come: a poll that was under way before it is older. */
  heard(): void {
    this.newsCount += 1;
    this.planPoll();
  }

  /** Ask at once; news that comes meanwhile does not put it off. */
  pollSoon(): void {
    this.soon = true;
    this.planPoll();
  }

  /** The line has opened: the State comes by itself, and if not, it is asked for. The first sign of
   * life goes at once: only whose heartbeat the server knows can be missed by it. */
  connected(): void {
    void this.beat();
    if (this.soon) return;
    clearTimeout(this.pollTimer);
    this.pollTimer = setTimeout(() => void this.poll(), TOLD_MS);
  }

  private tick(): void {
    this.ticks += 1;
    const { state, attempt, timeUp, me } = this.core.store.get();
    const current = currentAttempt(state);
    if (current && current.id === attempt && me) {
      const clock = this.answering.clock(current.id);
      const over = clock.running && clock.left() === 0;
      if (over !== timeUp) {
        this.core.store.set({ timeUp: over, handIn: over && !this.handingIn() ? "none" : this.core.store.get().handIn });
        if (over) this.pollSoon();
      }
      this.warn(clock.left(), current.limit_ms + current.granted_ms, me);
      if (this.ticks % SAVE_CLOCK_EVERY === 0) this.answering.saveClock(current.id);
    }
    if (this.ticks % EVERY_SECOND === 0) this.day.advance();
    if (!me) this.lookAround();
  }

  private lookAround(): void {
    const now = performance.now();
    if (now < this.placeAt) return;
    const { place, unreachable } = this.core.store.get();
    const known = place !== null && !unreachable;
    this.placeAt = now + (known ? PLACE_MS : NO_PLACE_MS) * (0.8 + Math.random() * 0.4);
    void this.options.refreshPlace();
  }

  private handingIn(): boolean {
    return ["sending", "unfinished"].includes(this.core.store.get().handIn);
  }

  private warn(leftMs: number, totalMs: number, me: Me): void {
    for (const minutes of this.warned) if (leftMs > minutes * 60_000) this.warned.delete(minutes);
    const due = dueWarning(leftMs, totalMs, me.warn_minutes, this.warned);
    if (due === null) return;
    this.warned.add(due);
    this.options.notify({ kind: "warning", id: `warning:${due}`, minutes: due });
  }

  private async beat(): Promise<void> {
    if (!this.core.line.up) return;
    const { attempt, at, state } = this.core.store.get();
    const asked = this.newsCount;
    try {
      const version = state?.version ?? null;
      const answer = await this.core.line.beat(attempt, at + 1, this.answering.elapsed(), version);
      this.core.link.reached();
      void keepHead(this.core, answer.sitting_head);
      const current = currentAttempt(state);
      if (current?.id === attempt && current && started(current) && answer.left_ms !== null) {
        const clock = this.answering.clock(current.id);
        clock.sync(answer.left_ms, clock.running);
      }
      if (answer.state) this.core.apply(answer.state, asked);
    } catch (error) {
      if (error instanceof Refused) this.core.link.reached(); // it is there; why, the poll is told
      else this.options.linkFailed();
      this.pollSoon();
    }
  }

  private planPoll(): void {
    const { state, linkUp, timeUp, handIn } = this.core.store.get();
    const { doubtful } = this.core.link;
    clearTimeout(this.pollTimer);
    const urgent = timeUp || handIn === "unfinished";
    const bellInMs = state ? state.sitting.bell_in_ms : null;
    const calm = nextPollMs({ socketUp: this.core.line.up, linkUp, doubtful, bellInMs, urgent });
    this.pollTimer = setTimeout(() => void this.poll(), this.soon ? SOON_MS : calm);
  }

  /** A failed poll changes nothing on the screen. */
  private async poll(): Promise<void> {
    const { me, dark } = this.core.store.get();
    const idle = !me || dark !== "none";
    if (idle) this.soon = false;
    if (this.polling || idle) return this.planPoll();
    this.polling = true;
    this.soon = false;
    const asked = this.newsCount;
    try {
      this.core.apply(await this.core.api.state(), asked);
    } catch (error) {
      this.core.refused(error);
    } finally {
      this.polling = false;
      this.planPoll();
    }
  }
}
