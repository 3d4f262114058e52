/** What belongs to this machine, not to a candidate: its seat, its name, its way of showing. */

export interface Seat {
  room: string;
  seat: number;
}

export type Language = "zh" | "en";
export type TextSize = 0 | 1 | 2;

export interface Preferences {
  size: TextSize;
  contrast: boolean;
  language: Language;
}

const SEAT = "kaochang.seat";
const TERMINAL = "kaochang.terminal";
const LOGGED_IN = "kaochang.logged_in";
const SHOWN = "kaochang.shown.";
const PREFERENCES = "kaochang.preferences";

function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A machine without storage asks for its seat again after a reload; nothing else is lost.
  }
}

/** Room numbers keep their leading zero: 02. */
export function makeSeat(room: string, seat: string): Seat | null {
  const number = Number(seat);
  if (!/^[0-9A-Za-z-]{1,8}$/.test(room) || !Number.isInteger(number) || number < 1) return null;
  return { room, seat: number };
}

export function readSeat(): Seat | null {
  const held = read(SEAT) as { room?: unknown; seat?: unknown } | null;
  return held ? makeSeat(String(held.room), String(held.seat)) : null;
}

export function writeSeat(seat: Seat): void {
  write(SEAT, seat);
}

/** `/?room=02&seat=23` sets the seat; the address is cleaned so that a reload does not repeat it. */
export function seatFromAddress(): Seat | null {
  const query = new URLSearchParams(location.search);
  const seat = makeSeat(query.get("room") ?? "", query.get("seat") ?? "");
  if (query.has("room") || query.has("seat")) history.replaceState(null, "", location.pathname);
  return seat;
}

export function terminalId(): string {
  const held = read(TERMINAL);
  if (typeof held === "string" && /^[0-9a-f]{32}$/.test(held)) return held;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const fresh = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  write(TERMINAL, fresh);
  return fresh;
}

/** Whether somebody has logged in here: kept beside the shelf, in case that could not be written. */
export function readLoggedIn(): boolean {
  return read(LOGGED_IN) === true;
}

export function writeLoggedIn(loggedIn: boolean): void {
  write(LOGGED_IN, loggedIn);
}

/** The item shown last (its index), and when. */
export interface Shown {
  index: number;
  atMs: number;
}

/**
 * Written at once, so that a reload finds it. The browser carries it to the disk only seconds
 * later: what must outlive a killed browser is kept on the shelf too, and the newer one counts.
 */
export function readShown(attempt: string): Shown | null {
  const held = read(`${SHOWN}${attempt}`) as Partial<Shown> | null;
  return typeof held?.index === "number" && typeof held.atMs === "number" ? (held as Shown) : null;
}

export function writeShown(attempt: string, shown: Shown): void {
  write(`${SHOWN}${attempt}`, shown);
}

export function newerShown(one: Shown | null | undefined, other: Shown | null | undefined): Shown | null {
  if (!one || !other) return one ?? other ?? null;
  return one.atMs >= other.atMs ? one : other;
}

/** What a page looks like before anybody has changed it. */
export const USUAL: Preferences = { size: 1, contrast: false, language: "zh" };

export function readPreferences(): Preferences {
  const held = (read(PREFERENCES) ?? {}) as Partial<Preferences>;
  return {
    size: held.size === 0 || held.size === 2 ? held.size : 1,
    contrast: held.contrast === true,
    language: held.language === "en" ? "en" : "zh",
  };
}

export function writePreferences(preferences: Preferences): void {
  write(PREFERENCES, preferences);
}
