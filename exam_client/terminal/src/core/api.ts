/** The server's HTTP face, one function per line of the interface; typed problems, time-outs. */

import type { Preferences } from "./machine";
import type {
  Batch,
  HandedIn,
  KeptResponses,
  Me,
  Opened,
  Problem,
  Receipts,
  SeatInfo,
  Stage,
  State,
  TerminalEvent,
} from "./types";

/** The server answered, and refused. `problem.type` is the code. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.type);
  }

  get code(): string {
    return this.problem.type;
  }
}

/** No answer of the server's own: cable out, time-out, or a gateway speaking for it. */
export class Unreachable extends Error {}

export interface ApiOptions {
  fetch?: typeof fetch;
  /** Told after each exchange whether the server itself answered. */
  onContact?: (reached: boolean) => void;
}

const TIMEOUT_MS = 6_000;
const BLOB_TIMEOUT_MS = 60_000;

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "type" in body && "status" in body;
}

export class Api {
  private readonly fetch: typeof fetch;
  private readonly onContact: (reached: boolean) => void;

  constructor(options: ApiOptions = {}) {
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.onContact = options.onContact ?? (() => undefined);
  }

  seat(room: string, seat: number): Promise<SeatInfo> {
    return this.get(`/api/seat?room=${encodeURIComponent(room)}&seat=${seat}`);
  }

  login(body: {
    ticket: string;
    id_number: string;
    room: string;
    seat: number;
    terminal_id: string;
  }): Promise<{ me: Me; state: State }> {
    return this.send("POST", "/api/login", body);
  }

  me(): Promise<{ me: Me; state: State }> {
    return this.get("/api/me");
  }

  confirm(ok: boolean): Promise<State> {
    return this.send("POST", "/api/confirm", { ok });
  }

  pledge(): Promise<State> {
    return this.send("POST", "/api/pledge", {});
  }

  stage(): Promise<{ subjects: Stage[] }> {
    return this.get("/api/stage");
  }

  state(): Promise<State> {
    return this.get("/api/state");
  }

  start(attempt: string, terminalElapsedMs: number): Promise<Opened> {
    return this.send("POST", `/api/attempt/${attempt}/start`, {
      terminal_elapsed_ms: terminalElapsedMs,
    });
  }

  responses(attempt: string): Promise<KeptResponses> {
    return this.get(`/api/attempt/${attempt}/responses`);
  }

  save(attempt: string, batch: Batch): Promise<Receipts> {
    return this.send("PUT", `/api/attempt/${attempt}/responses`, batch);
  }

  submit(attempt: string, batch: Batch): Promise<HandedIn> {
    return this.send("POST", `/api/attempt/${attempt}/submit`, { ...batch, confirmed: true });
  }

  events(events: TerminalEvent[]): Promise<{ kept: number }> {
    return this.send("POST", "/api/events", { events });
  }

  hand(raised: boolean): Promise<State> {
    return this.send("POST", "/api/hand", { raised });
  }

  preferences(preferences: Preferences): Promise<{ kept: boolean }> {
    return this.send("PUT", "/api/preferences", preferences);
  }

  /** The sealed form, byte for byte as the authority sealed it. */
  async blob(digest: string): Promise<Uint8Array> {
    const bytes = await this.exchange(`/blob/${digest}`, { method: "GET" }, BLOB_TIMEOUT_MS, async (response) =>
      response.ok ? new Uint8Array(await response.arrayBuffer()) : null,
    );
    if (!bytes) throw new Unreachable("no blob"); // who answered, and why not, the next poll is told
    return bytes;
  }

  private get<T>(path: string): Promise<T> {
    const init: RequestInit = { method: "GET", cache: "no-store" };
    return this.exchange(path, init, TIMEOUT_MS, (response) => this.read<T>(response));
  }

  private send<T>(method: string, path: string, body: unknown): Promise<T> {
    const init: RequestInit = {
      method,
      cache: "no-store",
      headers: { "Content-Type": "application/json", "X-Kaochang": "1" },
      body: JSON.stringify(body),
    };
    return this.exchange(path, init, TIMEOUT_MS, (response) => this.read<T>(response));
  }

  /** The time-out counts until the answer has been read: a line can die between its halves. */
  private async exchange<T>(
    path: string,
    init: RequestInit,
    timeoutMs: number,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      return await read(await this.fetch(path, { ...init, credentials: "same-origin", signal: abort.signal }));
    } catch (cause) {
      if (cause instanceof Refused) throw cause;
      this.onContact(false);
      throw new Unreachable(cause instanceof Error ? cause.message : "unreachable");
    } finally {
      clearTimeout(timer);
    }
  }

  private async read<T>(response: Response): Promise<T> {
    let body: unknown;
    try {
      body = await response.json();
    } catch {
      // A proxy's error page, or an answer cut off half way: not the server's word.
      throw new Unreachable(`status ${response.status}`);
    }
    if (!response.ok) {
      if (!isProblem(body)) throw new Unreachable(`status ${response.status}`);
      this.onContact(true);
      throw new Refused(body);
    }
    this.onContact(true);
    return body as T;
  }
}
