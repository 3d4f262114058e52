/**
 * The outbox owns delivery of one attempt's answers (DESIGN §3).
 *
 * A change is on this machine's disk before it is sent, and is sent again until the server's
 * receipt for exactly that revision has come. The transport does not matter to it.
 */

import { Refused } from "./api";
import { Backoff } from "./backoff";
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
/** Another answer carries this revision there: a disk was set back to an older state. */
const REVISION_REUSED = "revision_reused";

function identical(held: Answer, there?: KeptResponse): boolean {
  const content = held.options === there?.options && held.marked === there.marked;
  return content && there !== undefined && same(held.revision, there.revision);
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
  private readonly backoff: Backoff;
  private readonly slip: Slip;
  private writes: Promise<void> = Promise.resolve();
  private unwritten = 0;
  private highest: Revision = [0, 0];
  private sending = false;
  private single = false;
  private reused = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: OutboxOptions) {
    this.backoff = options.backoff ?? new Backoff();
    this.slip = options.slip ?? new Slip();
    this.kept = options.shelf.durable;
  }

  /** Takes up what an earlier page of this machine left; returns how many answers it held. */
  async load(): Promise<number> {
    const held = await this.options.shelf.answers(this.options.attempt);
    for (const answer of held) this.take(answer);
    for (const change of this.slip.read(this.options.attempt)) void this.make(change);
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
      .map(({ attempt: _attempt, kept: _kept, ...wire }) => wire);
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
      const held = this.pending.get(receipt.item);
      if (held && same(held.revision, receipt.revision)) {
        this.pending.delete(receipt.item);
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
   * Brings this machine and the server's kept responses together. What only the server has is
   * adopted; what the server lacks is sent again; what was chosen here under an older fence and
   * by nobody else since is presented again under the present one.
   */
  async reconcile(responses: readonly KeptResponse[]): Promise<void> {
    await this.writes;
    const { attempt, shelf, fence } = this.options;
    const server = new Map(responses.map((one) => [one.item, one]));
    await this.sendEvidence(server);
    for (const one of responses) {
      this.note(one.revision);
      await shelf.raise(attempt, one.revision[0], one.revision[1]);
      const { item, options, marked, revision } = one;
      const answer: Answer = { attempt, item, options, marked, revision, elapsed_ms: 0, kept: "counted" };
      await shelf.adopt(answer);
    }
    for (const held of await shelf.answers(attempt)) {
      const there = server.get(held.item);
      const missing = !there || newer(held.revision, there.revision);
      if (this.reused && held.kept === "" && !identical(held, there)) await this.present(held);
      else if (!missing) this.take({ ...held, kept: "counted" });
      else if (held.kept === "late" || held.kept === "superseded") continue;
      else if (held.kept === "" && held.revision[0] < fence()) await this.present(held);
      else this.take({ ...held, kept: "" });
    }
    this.reused = false;
    this.options.onChange();
    this.pump();
  }

  close(): void {
    clearTimeout(this.timer);
  }

  /** Own unsent answers that another machine has overtaken go as evidence before they are replaced. */
  private async sendEvidence(server: ReadonlyMap<string, KeptResponse>): Promise<void> {
    const overtaken = this.unsent().filter((one) => {
      const there = server.get(one.item);
      return there !== undefined && newer(there.revision, one.revision);
    });
    if (overtaken.length === 0) return;
    const { receipts } = await this.options.send(this.options.attempt, overtaken);
    for (const { item } of receipts) this.pending.delete(item);
  }

  private make(change: Change): Promise<void> {
    const { item, options, marked } = change;
    this.view.set(item, { options, marked, saved: false });
    this.latest.set(item, change);
    this.slip.note(this.options.attempt, [...this.latest.values()]);
    this.unwritten += 1;
    this.options.onChange();
    this.writes = this.writes.then(() => this.write(change));
    return this.writes;
  }

  private async present(held: Answer): Promise<void> {
    this.unwritten += 1;
    await this.write(held);
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
      // The disk of this machine fails: the server may still save it, and the screen says so.
      this.kept = false;
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
    if (error.code === REVISION_REUSED) {
      this.reused = true;
      this.options.onSuperseded();
    }
    if (UNFIT.includes(error.problem.status)) {
      // One answer the server cannot take must not hold up the others.
      if (batch.length === 1 && batch[0]) this.stuck.add(batch[0].item);
      this.single = batch.length > 1;
      return 0;
    }
    return this.backoff.next();
  }
}
