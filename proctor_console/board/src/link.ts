// The live board: by socket while it lives, by polling while it does not. After every gap
// the whole board is asked for again, so what is shown always equals a fresh load.

import { io, type Socket } from "socket.io-client";
import { get, refused, type Problem, Refused } from "./net";
import type { Board, Push, Rest, Seat } from "./types";

/** live: pushes arrive. polling: no socket, requests work. lost: nothing is heard. */
export type Health = "loading" | "live" | "polling" | "lost";

/** A seat and when this page heard of it (page clock): its times run on from there. */
export interface ShownSeat extends Seat {
  heardAt: number;
}

export interface Shown {
  rest: Rest;
  heardAt: number;
  seats: Map<number, ShownSeat>;
}

const POLL_MS = 3000;
const SILENT_MS = 5000; // a live socket says something every second

export class BoardLink {
  shown: Shown | null = null;
  health: Health = "loading";
  problem: Refused | null = null;
  private version = -1;
  private polling = false;
  private readonly socket: Socket;

  constructor(
    private readonly sittingId: string,
    private readonly onChange: () => void,
  ) {
    this.socket = io("/console", {
      transports: ["websocket"],
      reconnectionDelay: 500,
      reconnectionDelayMax: 3000,
    });
    this.socket.on("connect", () => this.watch());
    this.socket.on("board", (push: Push) => this.take(push));
    this.socket.on("disconnect", () => void this.poll());
    this.socket.io.on("reconnect_failed", () => void this.poll());
    setInterval(() => this.check(), POLL_MS);
    void this.poll();
  }

  /** The page's clock, standing still while nothing is heard: nothing unknown is shown. */
  now(): number {
    return this.health === "lost" ? (this.shown?.heardAt ?? 0) : performance.now();
  }

  /** Seconds since the server was last heard. */
  age(): number {
    return this.shown ? Math.floor((performance.now() - this.shown.heardAt) / 1000) : 0;
  }

  /** After an act of this page: do not wait for the next push. */
  async refresh(): Promise<void> {
    if (this.socket.connected) this.watch();
    else await this.poll();
  }

  private watch(): void {
    this.socket.emit(
      "watch",
      { sitting_id: this.sittingId },
      (answer: { version: number; board: Board } | { problem: Problem }) => {
        if ("problem" in answer) {
          this.problem = refused(answer.problem);
          this.onChange();
          return;
        }
        this.version = answer.version;
        this.load(answer.board, "live");
      },
    );
  }

  private take(push: Push): void {
    if (push.sitting_id !== this.sittingId || !this.shown || push.version <= this.version) return;
    if (push.version !== this.version + 1) {
      this.watch();
      return;
    }
    this.version = push.version;
    const heardAt = performance.now();
    for (const seat of push.seats) this.shown.seats.set(seat.seat, { ...seat, heardAt });
    this.shown.rest = push.rest;
    this.shown.heardAt = heardAt;
    this.health = "live";
    this.onChange();
  }

  private load(board: Board, health: Health): void {
    const heardAt = performance.now();
    const { seats, ...rest } = board;
    const byNumber = new Map(seats.map((seat) => [seat.seat, { ...seat, heardAt }]));
    this.shown = { rest, heardAt, seats: byNumber };
    this.health = health;
    this.problem = null;
    this.onChange();
  }

  /** A request that hangs on a dead line must not hold up the word that nothing is heard. */
  private check(): void {
    if (!this.socket.connected) void this.poll();
    else if (this.shown && performance.now() - this.shown.heardAt > SILENT_MS) this.watch();
    if (this.shown && performance.now() - this.shown.heardAt > 2 * SILENT_MS) this.lose();
  }

  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    try {
      const board = await get<Board>(`/console/api/sittings/${this.sittingId}/board`);
      if (!this.socket.connected || this.version < 0) this.load(board, "polling");
    } catch (error) {
      if (this.socket.connected) return;
      this.problem = error instanceof Refused && error.code !== "no_answer" ? error : null;
      this.lose();
    } finally {
      this.polling = false;
    }
  }

  private lose(): void {
    if (this.health === "lost") return;
    this.health = "lost";
    this.onChange();
  }
}
