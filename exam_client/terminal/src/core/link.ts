/** Whether the server is within reach, and how long it was silent. */
export class Link {
  private failures = 0;
  private lastContact: number;
  private longest = 0;
  private state = true;

  constructor(
    private readonly onTurn: (up: boolean, silentMs: number) => void,
    private readonly mono: () => number = () => performance.now(),
  ) {
    this.lastContact = mono();
  }

  get up(): boolean {
    return this.state;
  }

  /** Something failed and nothing has come since: worth asking again at once. */
  get doubtful(): boolean {
    return this.state && this.failures > 0;
  }

  /** The server itself answered or spoke. */
  reached(): void {
    const silent = this.mono() - this.lastContact;
    this.longest = Math.max(this.longest, silent);
    this.lastContact = this.mono();
    this.failures = 0;
    if (this.state) return;
    this.state = true;
    this.onTurn(true, Math.round(silent));
  }

  /**
   * Something got no answer. One failure beside a living socket may be chance; two, or one
   * without a socket, is a lost line.
   */
  failed(socketUp: boolean): void {
    this.failures += 1;
    if (!this.state || (socketUp && this.failures < 2)) return;
    this.state = false;
    this.onTurn(false, Math.round(this.mono() - this.lastContact));
  }

  /** The longest silence since the last batch that was acknowledged. */
  longestSilence(): number {
    return Math.max(this.longest, this.mono() - this.lastContact);
  }

  batchAcknowledged(): void {
    this.longest = 0;
  }
}

/**
 * When to ask for the state again, in ms; `random` spreads a room's terminals. While the socket
 * lives the heartbeat brings it every 10 s: the poll only watches over that.
 */
export function nextPollMs(
  now: {
    socketUp: boolean;
    linkUp: boolean;
    doubtful: boolean;
    bellInMs: number | null;
    /** Something hangs on the answer: time is up, or a hand-in is not finished. */
    urgent: boolean;
  },
  random: () => number = Math.random,
): number {
  const jitter = 0.8 + random() * 0.4;
  const nearBell = now.bellInMs !== null && now.bellInMs <= 60_000 && !now.socketUp;
  if (now.doubtful) return 300 * jitter;
  if (now.urgent || nearBell) return 2_000 * jitter;
  if (!now.linkUp) return 3_000 * jitter;
  return (now.socketUp ? 120_000 : 15_000) * jitter;
}
