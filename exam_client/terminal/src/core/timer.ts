/**
 * The time left, from the server's `left_ms` and the machine's monotonic clock (DESIGN §5).
 *
 * The wall clock is never used while the page lives. Only a page that was reloaded without the
 * server falls back to it, and then only downwards: the result is never above the last known.
 */

/** Jitter of the network below this is not shown; the face of the clock must not jump. */
const QUIET_MS = 400;

export interface SavedClock {
  leftMs: number;
  elapsedMs: number;
  running: boolean;
  wallMs: number;
}

export class ExamClock {
  private baseLeft = 0;
  private leftMark: number;
  private runs = false;
  private estimate = true;
  private baseElapsed = 0;
  private elapsedMark: number | null = null;

  constructor(private readonly mono: () => number = () => performance.now()) {
    this.leftMark = mono();
  }

  /** The subject begins on this machine; elapsed time runs on through pauses and outages. */
  begin(): void {
    this.elapsedMark ??= this.mono();
  }

  /** The server's word. Idempotent; a grant or a pause shows at once. */
  sync(leftMs: number, running: boolean): void {
    const known = this.left();
    const near = Math.abs(known - leftMs) < QUIET_MS;
    const keep = running && this.runs && !this.estimate && near;
    this.baseLeft = keep ? known : Math.max(0, leftMs);
    this.leftMark = this.mono();
    this.runs = running;
    this.estimate = false;
  }

  /** After a reload without the server: the last known, less what the wall clock moved on. */
  restore(saved: SavedClock, wallMs: number): void {
    const gone = Math.max(0, wallMs - saved.wallMs);
    this.baseElapsed = saved.elapsedMs + gone;
    this.elapsedMark = this.mono();
    this.baseLeft = Math.max(0, saved.leftMs - (saved.running ? gone : 0));
    this.leftMark = this.mono();
    this.runs = saved.running;
    this.estimate = true;
  }

  /** Milliseconds since this subject began here, by this machine's monotonic clock. */
  elapsed(): number {
    const since = this.elapsedMark === null ? 0 : this.mono() - this.elapsedMark;
    return Math.round(this.baseElapsed + since);
  }

  /** Milliseconds left, never negative. */
  left(): number {
    const gone = this.runs ? this.mono() - this.leftMark : 0;
    return Math.max(0, Math.round(this.baseLeft - gone));
  }

  get running(): boolean {
    return this.runs;
  }

  /** True until the server has spoken: shown as 约. */
  get estimated(): boolean {
    return this.estimate;
  }

  save(wallMs: number): SavedClock {
    return { leftMs: this.left(), elapsedMs: this.elapsed(), running: this.runs, wallMs };
  }
}

/** `41:27`, or `1:45:00` from 100 minutes on; rounded up, so that 00:00 means that it is over. */
export function clockFace(ms: number): string {
  const total = Math.ceil(Math.max(0, ms) / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(total / 60);
  if (minutes < 100) return `${two(minutes)}:${two(total % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(total % 60)}`;
}

/** A warning that was missed by more than this would say something untrue: it is left out. */
const STALE_WARNING_MS = 30_000;

/**
 * The warning that is due now, in minutes, or null. A warning is due once the time left has
 * fallen to it, unless the subject began below it (a shortened limit) or it was shown before.
 */
export function dueWarning(
  leftMs: number,
  totalMs: number,
  warnMinutes: readonly number[],
  shown: ReadonlySet<number>,
): number | null {
  const due = warnMinutes.find((minutes) => {
    const below = minutes * 60_000 - leftMs;
    return below >= 0 && below < STALE_WARNING_MS && totalMs > minutes * 60_000;
  });
  return due !== undefined && leftMs > 0 && !shown.has(due) ? due : null;
}
