/**
 * The outbox owns delivery of one attempt's answers (DESIGN §3).
 *
 * A change is on this machine's disk before it is sent, and is sent again until the server's
 * receipt for exactly that revision has come. The transport does not matter to it.
 */

import { Refused } from "./api";
import { Backoff } from "./backoff";
import { meet } from "./meeting";
import { type Answer, type Change, newer, same, type Shelf } from "./shelf";
import { Slip } from "./slip";
import type { KeptResponse, Receipt, Revision, WireResponse } from "./types";

/** One item as the screen shows it. `saved` follows the server's commit and nothing else. */
export interface AnswerView {
  options: string;
  marked: boolean;
  saved: boolean;
}

export type Trouble = "none" | "unreachable" | "refused";

export interface OutboxOptions {
  attempt: string;
  shelf: Shelf;
  slip?: Slip;
  fence: () => number;
  elapsed: () => number;
  /** False until the server has started the attempt: nothing is sent before. */
  ready: () => boolean;
  send: (attempt: string, responses: WireResponse[]) => Promise<{ receipts: Receipt[] }>;
  onChange: () => void;
  onRefused: (refusal: Refused) => void;
  /** The server holds something newer than this machine sent. */
  onSuperseded: () => void;
  /** Kept as late evidence, not counted. */
  onLate: () => void;
  backoff?: Backoff;
}

const BATCH_LIMIT = 50;
/** The server will not take the batch as it is; the same again is of no use. */
const UNFIT = [400, 404, 413, 422];
const wire = ({ attempt: _attempt, kept: _kept, ...sent }: Answer): WireResponse => sent;

/** Another answer carries this revision there: a disk was set back to an older state, or failed. */
export function reused(error: unknown): boolean {
  return error instanceof Refused && error.code === "revision_reused";
}

export class Outbox {
  readonly view = new Map<string, AnswerView>();
  trouble: Trouble = "none";
  lastSaved: string | null = null;
  /** False once a change could not be written to this machine's disk. */
  kept = true;

  private readonly pending = new Map<string, Answer>();
  private readonly stuck = new Set<string>();
  /** The newest change of an item that is not yet written. */
  private readonly latest = new Map<string, Change>();
  /** Items that the candidate has answered on this page. */
  private readonly chosenHere = new Set<string>();
  private readonly backoff: Backoff;
  private readonly slip: Slip;
  private writes: Promise<void> = Promise.resolve();
  private unwritten = 0;
  private highest: Revision = [0, 0];
  private sending = false;
  private single = false;
  private collided = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: OutboxOptions) {
    this.backoff = options.backoff ?? new Backoff();
    this.slip = options.slip ?? new Slip();
    this.kept = options.shelf.durable;
  }

  /** Takes up what an earlier page of this machine left; returns how many answers it held. */
  async load(): Promise<number> {
    const held = await this.onShelf();
    for (const answer of held) this.take(answer);
    const writtenAt = new Map(held.map((one) => [one.item, one.elapsed_ms]));
    for (const change of this.slip.read(this.options.attempt)) {
      // after a crash the slip may be some seconds old, and what was written since is newer
      if (change.elapsed_ms > (writtenAt.get(change.item) ?? -1)) void this.make(change);
    }
    this.options.onChange();
    this.pump();
    return held.length;
  }

  /** Changes that are not on the disk yet: until then nothing may say that they are kept. */
  get unwrittenCount(): number {
    return this.unwritten;
  }

  get pendingCount(): number {
    return this.pending.size + this.unwritten;
  }

  /** The candidate's act: shown at once, kept on disk, then sent. */
  change(item: string, options: string, marked: boolean): Promise<void> {
    const { attempt, elapsed } = this.options;
    return this.make({ attempt, item, options, marked, elapsed_ms: elapsed() });
  }

  /** What the server has not confirmed, oldest first; travels with a hand-in too. */
  unsent(): WireResponse[] {
    return [...this.pending.values()]
      .sort((a, b) => (newer(a.revision, b.revision) ? 1 : -1))
      .map(wire);
  }

  /** All changes made so far are written here (or could not be). */
  settled(): Promise<void> {
    return this.writes;
  }

  /** The network is back, or the attempt has started: try now. */
  wake(): void {
    this.backoff.reset();
    this.stuck.clear();
    this.pump();
  }

  async receive(receipts: readonly Receipt[]): Promise<number> {
    let settled = 0;
    for (const receipt of receipts) {
      if (this.drop(receipt.item, receipt.revision)) {
        settled += 1;
        if (receipt.kept === "late") this.options.onLate();
        if (receipt.kept === "counted") this.markSaved(receipt.item);
        if (receipt.kept === "superseded") this.options.onSuperseded();
      }
      const { attempt, shelf } = this.options;
      await shelf.settle(attempt, receipt.item, receipt.revision, receipt.kept).catch(() => undefined);
    }
    return settled;
  }

  /**
   * Brings this machine and the server's kept responses together, whether its disk works or not.
   * What only the server has is adopted; what the server lacks is sent again; what was chosen here
   * under an older fence and by nobody else since is presented again under the present one.
   */
  async reconcile(responses: readonly KeptResponse[]): Promise<void> {
    await this.writes;
    const { attempt, shelf } = this.options;
    const there = new Map<string, Answer>();
    for (const { item, options, marked, revision } of responses) {
      this.note(revision);
      there.set(item, { attempt, item, options, marked, revision, elapsed_ms: 0, kept: "counted" });
    }
    await this.sendEvidence(there);
    await shelf.adopt(attempt, [...there.values()]).catch(() => this.diskFailed());
    const held = new Map((await this.onShelf()).map((one) => [one.item, one]));
    // without a pause from here on: nothing is chosen in between
    for (const item of new Set([...there.keys(), ...held.keys(), ...this.pending.keys()])) {
      if (!this.latest.has(item)) this.meet(item, held.get(item), there.get(item));
    }
    this.collided = false;
    this.options.onChange();
    await this.writes;
    this.pump();
  }

  /** The server said that a revision of this machine is another answer's. */
  hasCollided(): void {
    this.collided = true;
    this.options.onSuperseded();
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private meet(item: string, held: Answer | undefined, there: Answer | undefined): void {
    const own = this.pending.get(item) ?? held;
    const outcome = this.outcome(own, there);
    if (own && outcome === "again") this.queue(own);
    else if (own && outcome === "send") this.take({ ...own, kept: "" });
    else if (there && outcome !== "leave") this.take(there);
  }

  private outcome(own: Answer | undefined, there: Answer | undefined) {
    const chosenHere = own !== undefined && this.chosenHere.has(own.item);
    return meet(own, there, { fence: this.options.fence(), chosenHere, collided: this.collided });
  }

  /** Own unsent answers that another machine has overtaken go as evidence before they are replaced. */
  private async sendEvidence(there: ReadonlyMap<string, Answer>): Promise<void> {
    const overtaken = [...this.pending.values()].filter(
      (one) => this.outcome(one, there.get(one.item)) === "evidence",
    );
    if (overtaken.length === 0) return;
    try {
      await this.options.send(this.options.attempt, overtaken.map(wire));
    } catch (error) {
      if (!reused(error)) throw error;
      await this.sendEachThatFits(overtaken);
    }
    for (const { item, revision } of overtaken) this.drop(item, revision);
  }

  private async sendEachThatFits(answers: readonly Answer[]): Promise<void> {
    for (const one of answers) {
      await this.options.send(this.options.attempt, [wire(one)]).catch((error: unknown) => {
        if (!reused(error)) throw error;
      });
    }
  }

  /** Nothing more is to be sent of this revision; false when a newer one waits, or none. */
  private drop(item: string, revision: Revision): boolean {
    const held = this.pending.get(item);
    return held !== undefined && same(held.revision, revision) && this.pending.delete(item);
  }

  private async onShelf(): Promise<Answer[]> {
    try {
      return await this.options.shelf.answers(this.options.attempt);
    } catch {
      this.diskFailed();
      return [];
    }
  }

  /** The server may still save what this machine cannot keep, and the screen says so. */
  private diskFailed(): void {
    this.kept = false;
  }

  private make(change: Change): Promise<void> {
    this.chosenHere.add(change.item);
    this.latest.set(change.item, change);
    this.slip.note(this.options.attempt, [...this.latest.values()]);
    return this.queue(change);
  }

  /** Shown at once; written, and so given its revision, after all that was made before it. */
  private queue(change: Change): Promise<void> {
    const { item, options, marked } = change;
    this.view.set(item, { options, marked, saved: false });
    this.unwritten += 1;
    this.options.onChange();
    this.writes = this.writes.then(() => this.write(change));
    return this.writes;
  }

  private async write(change: Change): Promise<void> {
    const { shelf, fence } = this.options;
    let answer: Answer;
    try {
      answer = await shelf.keep(change, fence());
      if (!newer(answer.revision, this.highest)) {
        await shelf.raise(change.attempt, fence(), this.highest[1]);
        answer = await shelf.keep(change, fence());
      }
    } catch {
      this.diskFailed();
      const counter = this.highest[0] === fence() ? this.highest[1] + 1 : 1;
      answer = { ...change, revision: [fence(), counter], kept: "" };
    } finally {
      this.unwritten -= 1;
    }
    if (this.latest.get(change.item) === change) {
      this.latest.delete(change.item);
      this.slip.note(this.options.attempt, [...this.latest.values()]);
    }
    this.stuck.delete(change.item);
    this.note(answer.revision);
    this.pending.set(change.item, answer);
    this.options.onChange();
    this.pump();
  }

  private note(revision: Revision): void {
    if (newer(revision, this.highest)) this.highest = revision;
  }

  private take(answer: Answer): void {
    this.note(answer.revision);
    const { options, marked, item } = answer;
    if (answer.kept === "") this.pending.set(item, answer);
    else this.pending.delete(item);
    if (this.latest.has(item)) return;
    this.view.set(item, { options, marked, saved: answer.kept === "counted" });
  }

  private markSaved(item: string): void {
    const shown = this.view.get(item);
    if (shown && !this.latest.has(item)) this.view.set(item, { ...shown, saved: true });
    this.lastSaved = item;
  }

  private pump(): void {
    if (this.sending || this.pending.size === 0 || !this.options.ready()) return;
    clearTimeout(this.timer);
    const batch = this.unsent()
      .filter((one) => !this.stuck.has(one.item))
      .slice(0, this.single ? 1 : BATCH_LIMIT);
    if (batch.length > 0) void this.deliver(batch);
  }

  private async deliver(batch: WireResponse[]): Promise<void> {
    this.sending = true;
    let wait = 0;
    try {
      const { receipts } = await this.options.send(this.options.attempt, batch);
      const settled = await this.receive(receipts);
      const answered = settled > 0 || receipts.length >= batch.length;
      this.trouble = this.stuck.size > 0 ? "refused" : "none";
      if (answered) this.backoff.reset();
      else wait = this.backoff.next();
    } catch (error) {
      wait = this.failed(error, batch);
    }
    this.sending = false;
    this.options.onChange();
    this.timer = setTimeout(() => this.pump(), wait);
  }

  private failed(error: unknown, batch: readonly WireResponse[]): number {
    if (!(error instanceof Refused)) {
      this.trouble = "unreachable";
      return this.backoff.next();
    }
    this.trouble = "refused";
    this.options.onRefused(error);
    if (reused(error)) this.hasCollided();
    if (UNFIT.includes(error.problem.status)) {
      // One answer the server cannot take must not hold up the others.
      if (batch.length === 1 && batch[0]) this.stuck.add(batch[0].item);
      this.single = batch.length > 1;
      return 0;
    }
    return this.backoff.next();
  }
}
