/** Growing waits with jitter, so that a room does not come back in one step. */
export class Backoff {
  private failures = 0;

  constructor(
    private readonly firstMs = 500,
    private readonly maxMs = 8_000,
    private readonly random: () => number = Math.random,
  ) {}

  /** The next wait in ms: doubling, between 50 % and 100 % of the step. */
  next(): number {
    const step = Math.min(this.maxMs, this.firstMs * 2 ** Math.min(this.failures, 20));
    this.failures += 1;
    return Math.round(step * (0.5 + this.random() / 2));
  }

  reset(): void {
    this.failures = 0;
  }
}
