/** Clocks, outboxes and the candidate's acts on the open paper. */

import { type App, currentAttempt, freshAttempt, type Saving, started } from "./app";
import type { Core } from "./core";
import { deliver } from "./deliver";
import { Outbox } from "./outbox";
import { choose, type Paper, type PaperItem } from "./paper";
import { ExamClock, type SavedClock } from "./timer";
import { newerShown, readShown, type Shown, writeShown } from "./machine";
import type { AttemptState, Batch, Receipt, State, WireResponse } from "./types";

/** Up to which fence and server epoch this machine and the server have been compared. */
interface Known {
  fence: number;
  epoch: number;
}

export class Answering {
  private readonly clocks = new Map<string, ExamClock>();
  private readonly outboxes = new Map<string, Outbox>();
  private readonly known = new Map<string, Known>();
  /** Compared since this page was opened: its disk may have missed what the last page was told. */
  private readonly compared = new Set<string>();
  private readonly fences = new Map<string, number>();
  /** Index of the item shown last, per attempt. */
  private readonly places = new Map<string, number>();
  private comparing = false;

  constructor(private readonly core: Core) {}

  private get app(): App {
    return this.core.store.get();
  }

  clock(attempt: string): ExamClock {
    let clock = this.clocks.get(attempt);
    if (!clock) this.clocks.set(attempt, (clock = new ExamClock()));
    return clock;
  }

  outbox(attempt: string): Outbox {
    let outbox = this.outboxes.get(attempt);
    if (!outbox) this.outboxes.set(attempt, (outbox = this.makeOutbox(attempt)));
    return outbox;
  }

  /** Elapsed ms of the subject in hand, for events; 0 before the first one begins. */
  elapsed(): number {
    const attempt = currentAttempt(this.app.state);
    return attempt ? this.clock(attempt.id).elapsed() : 0;
  }

  /** Takes up what this machine held of the candidate's attempts before a reload. */
  async restore(attempts: readonly AttemptState[]): Promise<void> {
    const { shelf } = this.core;
    for (const { id, fence } of attempts) {
      this.fences.set(id, fence);
      const saved = await shelf.note<SavedClock>(`c:clock:${id}`);
      if (saved && !this.clocks.has(id)) this.clock(id).restore(saved, Date.now());
      const known = await shelf.note<Known>(`c:known:${id}`);
      if (known) this.known.set(id, known);
      await this.outbox(id).load();
    }
  }

  forget(): void {
    for (const outbox of this.outboxes.values()) outbox.close();
    this.outboxes.clear();
    this.clocks.clear();
    this.places.clear();
    this.fences.clear();
    this.known.clear();
    this.compared.clear();
  }

  sync(state: State): void {
    for (const one of state.attempts) {
      this.fences.set(one.id, one.fence);
      if (started(one)) this.clock(one.id).sync(one.left_ms, one.running);
    }
  }

  saveClock(attempt: string): void {
    const saved = this.clock(attempt).save(Date.now());
    void this.core.shelf.setNote(`c:clock:${attempt}`, saved).catch(() => undefined);
  }

  /**
   * This page itself started the attempt: the server can hold nothing older. Where this machine
   * does, the attempt was begun before, on a server that a backup has replaced.
   */
  markFresh(attempt: AttemptState, epoch: number): void {
    if (this.outbox(attempt.id).view.size > 0) return;
    this.remember(attempt.id, { fence: attempt.fence, epoch });
  }

  /** Shows the paper with what is known of its answers. */
  async show(attempt: string, paper: Paper): Promise<void> {
    const handIn = await this.core.shelf.note<boolean>(`c:handin:${attempt}`);
    const noted = await this.core.shelf.note<Shown>(`c:at:${attempt}`);
    const at = this.places.get(attempt) ?? newerShown(readShown(attempt), noted)?.index ?? 0;
    this.core.store.set({
      ...freshAttempt(),
      paper,
      attempt,
      at: Math.min(Math.max(0, at), paper.items.length - 1),
      answers: new Map(this.outbox(attempt).view),
      handIn: handIn ? "unfinished" : "none",
    });
    this.refresh();
  }

  /**
   * Compares with the server where that is needed: on a fresh machine before any input; beside it
   * once on every page, and after a change of fence or of the server's epoch.
   */
  async compare(attempt: AttemptState, epoch: number): Promise<void> {
    const known = this.known.get(attempt.id);
    if (known && !this.app.reconciled) this.core.store.set({ reconciled: true });
    const same = known && known.fence === attempt.fence && known.epoch === epoch;
    const done = same && this.compared.has(attempt.id);
    const needless = done || (same && !this.app.linkUp);
    if (needless || this.comparing || !started(attempt)) return;
    this.comparing = true;
    try {
      const kept = await this.core.api.responses(attempt.id);
      if (!known && !this.places.get(attempt.id)) this.returnTo(attempt.id, kept.current_item - 1);
      await this.outbox(attempt.id).reconcile(kept.responses);
      this.remember(attempt.id, { fence: attempt.fence, epoch });
      this.core.store.set({ reconciled: true });
    } catch (error) {
      this.core.refused(error);
    } finally {
      this.comparing = false;
    }
  }

  /** Another look at everything unsent: the line is back. */
  wake(): void {
    for (const outbox of this.outboxes.values()) outbox.wake();
  }

  /** True while input is open. */
  mayAnswer(): boolean {
    const { attempt, timeUp, handIn } = this.app;
    if (!attempt || timeUp || handIn === "sending" || handIn === "unfinished") return false;
    const clock = this.clock(attempt);
    return !clock.running || clock.left() > 0;
  }

  choose(item: PaperItem, letter: string): void {
    const before = this.app.answers.get(item.id);
    const options = choose(item.type, before?.options ?? "", letter);
    if (options !== before?.options) this.change(item, options, before?.marked ?? false);
  }

  toggleMark(item: PaperItem): void {
    const before = this.app.answers.get(item.id);
    this.change(item, before?.options ?? "", !(before?.marked ?? false));
  }

  go(index: number): void {
    const { paper, attempt } = this.app;
    if (!paper || !attempt || index < 0 || index >= paper.items.length) return;
    this.core.store.set({ at: index });
    this.places.set(attempt, index);
    const shown = { index, atMs: Date.now() };
    writeShown(attempt, shown);
    void this.core.shelf.setNote(`c:at:${attempt}`, shown).catch(() => undefined);
    this.refresh();
  }

  /** The item the candidate was at on another machine; the paper may not be open yet. */
  private returnTo(attempt: string, index: number): void {
    if (index < 0) return;
    this.places.set(attempt, index);
    if (this.app.attempt === attempt) this.go(index);
  }

  /** The saved state in words follows from the outbox and the line, nowhere else. */
  refresh(): void {
    const { attempt } = this.app;
    if (!attempt) return;
    const outbox = this.outbox(attempt);
    this.core.store.set({ answers: new Map(outbox.view), saving: this.saving(outbox) });
  }

  private change(item: PaperItem, options: string, marked: boolean): void {
    if (this.app.attempt && this.mayAnswer()) {
      void this.outbox(this.app.attempt).change(item.id, options, marked);
    }
  }

  private saving(outbox: Outbox): Saving {
    const { paper, at, linkUp } = this.app;
    const numberOf = (id: string | null) => paper?.items.find((one) => one.id === id)?.number ?? null;
    const waiting = outbox.pendingCount;
    const shown = paper?.items[at];
    if (waiting === 0) {
      const view = shown && outbox.view.get(shown.id);
      const number = view?.saved && view.options ? (shown?.number ?? null) : numberOf(outbox.lastSaved);
      return { state: number === null ? "idle" : "saved", number, waiting };
    }
    const number = shown?.number ?? null;
    if (outbox.trouble === "refused" || (!linkUp && !outbox.kept)) return { state: "failed", number, waiting };
    return { state: linkUp || outbox.unwrittenCount > 0 ? "saving" : "local", number, waiting };
  }

  private remember(attempt: string, known: Known): void {
    this.known.set(attempt, known);
    this.compared.add(attempt);
    void this.core.shelf.setNote(`c:known:${attempt}`, known).catch(() => undefined);
  }

  /** Responses as they travel: with where the candidate is and how long the line was silent. */
  batch(attempt: string, responses: WireResponse[]): Batch {
    const at = this.app.attempt === attempt ? this.app.at : (this.places.get(attempt) ?? 0);
    const silence = Math.round(this.core.link.longestSilence());
    return { responses, current_item: at + 1, offline_ms: silence };
  }

  private attemptState(id: string): AttemptState | undefined {
    return this.app.state?.attempts.find((one) => one.id === id);
  }

  private makeOutbox(attempt: string): Outbox {
    return new Outbox({
      attempt,
      shelf: this.core.shelf,
      fence: () => this.fences.get(attempt) ?? 0,
      elapsed: () => this.clock(attempt).elapsed(),
      ready: () => !["assigned", "checked_in", undefined].includes(this.attemptState(attempt)?.state),
      send: (id, responses) => this.send(id, responses),
      onChange: () => {
        if (this.app.attempt === attempt) this.refresh();
      },
      onRefused: (refusal) => this.core.refused(refusal),
      onSuperseded: () => this.known.delete(attempt),
      onLate: () => this.core.store.set({ late: this.app.late + 1 }),
    });
  }

  private async send(attempt: string, responses: WireResponse[]): Promise<{ receipts: Receipt[] }> {
    const { line, link, api } = this.core;
    const batch = this.batch(attempt, responses);
    const answer = await deliver(
      this.core,
      () => line.responses(attempt, batch),
      () => api.save(attempt, batch),
    );
    link.batchAcknowledged();
    const clock = this.clock(attempt);
    clock.sync(answer.left_ms, clock.running);
    return answer;
  }
}
