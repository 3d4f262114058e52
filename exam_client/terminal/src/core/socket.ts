/** The live line to the server. It carries what a hall does at one moment; otherwise it only tells. */

import { io, type Socket } from "socket.io-client";
import { Refused, Unreachable } from "./api";
import type { Batch, HandedIn, Opened, Problem, Receipts, SignedHead, State } from "./types";

export interface BeatAnswer {
  left_ms: number | null;
  head_seq: number | null;
  epoch: number;
  sitting_head: SignedHead | null;
  /** The State, if it is another than the terminal's. */
  state: State | null;
}

export interface SocketTold {
  connected(): void;
  disconnected(): void;
  bell(data: { sitting_id: string; keys: Record<string, string> }): void;
  state(state: State): void;
  fenced(): void;
}

const ACK_MS = 4_000;
const REFUSED_WAIT_MS = 3_000;

export class Line {
  private socket: Socket | null = null;

  constructor(private readonly told: SocketTold) {}

  get up(): boolean {
    return this.socket?.connected ?? false;
  }

  open(): void {
    if (this.socket) {
      if (!this.socket.connected) this.socket.connect();
      return;
    }
    const socket = io("/terminal", {
      transports: ["websocket"],
      reconnectionDelay: 500,
      reconnectionDelayMax: 4_000,
      randomizationFactor: 0.5,
      timeout: 5_000,
    });
    socket.on("connect", () => this.told.connected());
    socket.on("disconnect", () => {
      this.told.disconnected();
      this.comeBack(socket);
    });
    socket.on("connect_error", () => this.comeBack(socket));
    socket.on("bell", (data) => this.told.bell(data));
    socket.on("state", (state) => this.told.state(state));
    socket.on("fenced", () => this.told.fenced());
    this.socket = socket;
  }

  /** The library does not try again by itself when the server hung up or refused. */
  private comeBack(socket: Socket): void {
    if (socket.active) return;
    setTimeout(() => {
      if (this.socket === socket && !socket.active) socket.connect();
    }, REFUSED_WAIT_MS * (0.5 + Math.random()));
  }

  close(): void {
    this.socket?.removeAllListeners();
    this.socket?.disconnect();
    this.socket = null;
  }

  start(attempt: string, terminalElapsedMs: number): Promise<Opened> {
    return this.act("start", { attempt_id: attempt, terminal_elapsed_ms: terminalElapsedMs });
  }

  responses(attempt: string, batch: Batch): Promise<Receipts> {
    return this.act("responses", { attempt_id: attempt, ...batch });
  }

  submit(attempt: string, batch: Batch): Promise<HandedIn> {
    return this.act("submit", { attempt_id: attempt, ...batch, confirmed: true });
  }

  beat(attempt: string | null, currentItem: number, elapsedMs: number, version: string | null): Promise<BeatAnswer> {
    return this.act("beat", {
      attempt_id: attempt,
      current_item: currentItem,
      elapsed_ms: elapsedMs,
      version,
    });
  }

  /** What the server may refuse. */
  private async act<T extends object>(event: string, data: unknown): Promise<T> {
    const answer = await this.ask<T | { problem: Problem }>(event, data);
    if ("problem" in answer) throw new Refused(answer.problem);
    return answer;
  }

  private async ask<T>(event: string, data: unknown): Promise<T> {
    const socket = this.socket;
    if (!socket?.connected) throw new Unreachable("no socket");
    try {
      return (await socket.timeout(ACK_MS).emitWithAck(event, data)) as T;
    } catch {
      throw new Unreachable("no acknowledgement");
    }
  }
}
