/** Calm bands at the top of the page; each says one thing once. */

import type { State } from "./types";

export type Notice =
  | { kind: "message"; id: string; text: string }
  | { kind: "grant"; id: string; ms: number }
  | { kind: "resumed"; id: string }
  | { kind: "warning"; id: string; minutes: number }
  | { kind: "recovered"; id: string };

/** Bands that close by themselves, in ms; a proctor's message waits for the click. */
export const CLOSES_AFTER_MS: Partial<Record<Notice["kind"], number>> = {
  warning: 10_000,
  grant: 10_000,
  resumed: 8_000,
  recovered: 6_000,
};

/** What has been told already; kept on the machine so that a reload does not repeat it. */
export interface Told {
  /** Messages the person has closed; an open one comes back after a reload. */
  messages: string[];
  granted: Record<string, number>;
}

/**
 * News in a State against what was told before. It reads totals, not changes, so pushes may
 * repeat, be lost, or overtake one another.
 */
export function newsOf(
  before: State | null,
  state: State,
  told: Told,
): { notices: Notice[]; told: Told } {
  const notices: Notice[] = [];
  const granted = { ...told.granted };
  for (const attempt of state.attempts) {
    const known = granted[attempt.id];
    const extra = attempt.granted_ms - (known ?? 0);
    const live = attempt.state === "in_progress" || attempt.state === "paused";
    if (extra > 0 && live) notices.push({ kind: "grant", id: `${attempt.id}:${attempt.granted_ms}`, ms: extra });
    granted[attempt.id] = attempt.granted_ms;
  }
  const fresh = state.messages.filter((one) => !told.messages.includes(one.id));
  for (const one of fresh) notices.push({ kind: "message", id: one.id, text: one.text });
  if (before && wasPaused(before) && !wasPaused(state)) {
    notices.push({ kind: "resumed", id: `resumed:${state.now_ms}` });
  }
  return { notices, told: { messages: told.messages, granted } };
}

function wasPaused(state: State): boolean {
  const live = state.attempts.find((one) => one.state === "in_progress" || one.state === "paused");
  return live !== undefined && (live.state === "paused" || state.sitting.paused);
}

/** Adds without repeating; a newer band of the same kind replaces the old, messages line up. */
export function addNotices(held: readonly Notice[], fresh: readonly Notice[]): Notice[] {
  const kinds = new Set<string>(fresh.map((one) => one.kind));
  kinds.delete("message");
  const ids = new Set(fresh.map((one) => one.id));
  return [...held.filter((one) => !kinds.has(one.kind) && !ids.has(one.id)), ...fresh];
}
