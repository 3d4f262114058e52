/** What the terminal knows, and which screen follows from it. */

import type { AnswerView } from "./outbox";
import type { Preferences, Seat } from "./machine";
import type { Notice } from "./notices";
import type { Paper } from "./paper";
import type { AttemptPhase, AttemptState, BlockSubject, Me, Problem, SeatInfo, SignedHead, Stage, State } from "./types";

export type SaveState = "idle" | "saved" | "saving" | "local" | "failed";

export interface Saving {
  state: SaveState;
  /** The item the words speak of: its displayed number. */
  number: number | null;
  /** How many items the server has not confirmed. */
  waiting: number;
}

export type HandIn = "none" | "check" | "again" | "sending" | "unfinished";

export interface App {
  ready: boolean;
  preferences: Preferences;
  seat: Seat | null;
  place: SeatInfo | null;
  me: Me | null;
  state: State | null;
  linkUp: boolean;
  /** A request of this screen is under way: its button waits. */
  busy: boolean;
  problem: Problem | null;
  /** The server could not be reached with what the person asked for. */
  unreachable: boolean;
  disputed: boolean;
  staging: "none" | "loading" | "ready" | "failed";
  stages: Stage[];
  /** The open paper and its attempt; kept over pauses, dropped when the attempt has ended. */
  paper: Paper | null;
  attempt: string | null;
  openFailed: boolean;
  /** This machine and the server agree on what was answered before. */
  reconciled: boolean;
  answers: ReadonlyMap<string, AnswerView>;
  /** Index of the shown item. */
  at: number;
  saving: Saving;
  handIn: HandIn;
  timeUp: boolean;
  notices: Notice[];
  sittingHead: SignedHead | null;
  /** Answers that reached the server after their subject had ended: kept, not counted. */
  late: number;
  dark: "none" | "fenced" | "window";
  fullScreenLost: boolean;
}

export function freshApp(preferences: Preferences): App {
  return {
    ready: false,
    preferences,
    seat: null,
    place: null,
    linkUp: true,
    dark: "none",
    fullScreenLost: false,
    ...freshCandidate(),
  };
}

/** Everything that belongs to one candidate: dropped together when another sits down. */
export function freshCandidate() {
  return {
    me: null,
    state: null,
    busy: false,
    problem: null,
    unreachable: false,
    disputed: false,
    staging: "none",
    stages: [],
    sittingHead: null,
    late: 0,
    notices: [],
    ...freshAttempt(),
  } satisfies Partial<App>;
}

export function freshAttempt() {
  return {
    paper: null,
    attempt: null,
    openFailed: false,
    reconciled: false,
    answers: new Map<string, AnswerView>(),
    at: 0,
    saving: { state: "idle", number: null, waiting: 0 },
    handIn: "none",
    timeUp: false,
  } satisfies Partial<App>;
}

export type Screen =
  | "loading"
  | "seat-setup"
  | "login"
  | "confirm"
  | "rules"
  | "waiting"
  | "opening"
  | "answer"
  | "submit"
  | "submit-again"
  | "unfinished"
  | "between"
  | "paused"
  | "absent"
  | "fenced"
  | "timeup"
  | "score";

const ENDED: AttemptPhase[] = ["submitted", "absent", "voided"];

export function ended(attempt: AttemptState): boolean {
  return ENDED.includes(attempt.state);
}

/** The attempt in hand: the first that has not ended, or null when all have. */
export function currentAttempt(state: State | null): AttemptState | null {
  return state?.attempts.find((one) => !ended(one)) ?? null;
}

/** The subject that ended last, when another follows. */
export function previousAttempt(state: State | null): AttemptState | null {
  const done = state?.attempts.filter(ended) ?? [];
  return done[done.length - 1] ?? null;
}

export function started(attempt: AttemptState): boolean {
  return attempt.state === "in_progress" || attempt.state === "paused";
}

export function bellHasRung(state: State): boolean {
  return state.sitting.bell_in_ms === null;
}

export function subjectOf(me: Me | null, attemptId: string | null): BlockSubject | null {
  return me?.block.find((one) => one.attempt_id === attemptId) ?? null;
}

/** Which screen; pure, so that any order of pushes, polls and reloads ends at the same one. */
export function screenOf(app: App): Screen {
  if (!app.ready) return "loading";
  if (app.dark !== "none") return "fenced";
  if (!app.seat && !app.me) return "seat-setup";
  const { me, state } = app;
  if (!me || !state) return "login";
  if (state.absent) return "absent";
  if (!state.checked_in) return "confirm";
  const attempt = currentAttempt(state);
  if (!attempt) return "score";
  const open = started(attempt) || app.attempt === attempt.id;
  if (!open) return screenBefore(state, attempt);
  if (!state.pledged) return "rules";
  return screenDuring(app, state, attempt);
}

function screenBefore(state: State, attempt: AttemptState): Screen {
  if (previousAttempt(state)) return "between";
  if (!state.pledged) return "rules";
  return bellHasRung(state) && attempt.state !== "assigned" ? "opening" : "waiting";
}

function screenDuring(app: App, state: State, attempt: AttemptState): Screen {
  if (app.handIn === "sending" || app.handIn === "unfinished") return "unfinished";
  if (attempt.state === "paused" || state.sitting.paused) return "paused";
  if (app.timeUp) return "timeup";
  if (!app.paper || app.attempt !== attempt.id || !app.reconciled) return "opening";
  if (app.handIn === "check") return "submit";
  if (app.handIn === "again") return "submit-again";
  return "answer";
}

export interface Counts {
  answered: number;
  blank: number[];
  marked: number[];
  total: number;
}

/** Numbers of the paper by state, as displayed. */
export function countsOf(paper: Paper | null, answers: ReadonlyMap<string, AnswerView>): Counts {
  const items = paper?.items ?? [];
  const blank = items.filter((one) => !answers.get(one.id)?.options).map((one) => one.number);
  const marked = items.filter((one) => answers.get(one.id)?.marked).map((one) => one.number);
  return { answered: items.length - blank.length, blank, marked, total: items.length };
}
