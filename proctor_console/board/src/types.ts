// What the server says about a sitting (exam_server/room/views), and what a person can do about it.

export type SittingState =
  | "planned" | "ready" | "unsealed" | "running" | "closed" | "scored" | "released";

export type SeatState =
  | "spare" | "out_of_use" | "not_arrived" | "absent" | "waiting" | "working" | "lost"
  | "paused" | "idle" | "between" | "submitted" | "finished";

export interface Sitting {
  id: string;
  name: string;
  exam: string;
  centre: string;
  room: string;
  mode: "formal" | "trial" | "practice";
  state: SittingState;
  rows: number;
  columns: number;
  aisle_after: number;
  planned_start_ms: number;
  bell_ms: number | null;
  paused: boolean;
  subject: string | null;
  subject_en: string | null;
  left_ms: number | null;
}

export interface Seat {
  seat: number;
  use: "candidate" | "spare" | "out_of_use";
  candidate_id: string | null;
  name: string | null;
  ticket: string | null;
  state: SeatState;
  answered: number;
  count: number;
  marked: number;
  subject_ordinal: number | null;
  left_ms: number | null;
  granted_ms: number;
  since_ms: number | null;
  hand: boolean;
  events: number;
  /** The machine at which the candidate asks to go on; 0 for one without a seat. */
  asks: number | null;
  /** A proctor has agreed to a machine change, to `sent_to` or to any spare. */
  sent: boolean;
  sent_to: number | null;
  came_from: number | null;
  went_to: number | null;
  /** Time lost at machine changes that nobody has granted or declined yet. */
  proposed_ms: number;
}

export interface Counts {
  expected: number;
  arrived: number;
  waiting: number;
  answering: number;
  paused: number;
  submitted: number;
  not_arrived: number;
  absent: number;
  trouble: number;
}

export interface Rest {
  sitting: Sitting;
  now_ms: number;
  counts: Counts;
  trouble: string[];
  head: { seq: number; digest: string };
}

export interface Board extends Rest {
  seats: Seat[];
}

export interface Push {
  sitting_id: string;
  version: number;
  seats: Seat[];
  rest: Rest;
}

export type AttemptState =
  | "assigned" | "checked_in" | "in_progress" | "paused" | "submitted" | "absent" | "voided";

export interface AttemptDetail {
  id: string;
  ordinal: number;
  subject: string;
  name: string;
  name_en: string;
  state: AttemptState;
  cause: string | null;
  answered: number;
  marked: number;
  count: number;
  started_ms: number | null;
  submitted_ms: number | null;
  time: {
    allotted_ms: number;
    granted_ms: number;
    spent_ms: number;
    left_ms: number;
    lost_ms: number;
    proposed_ms: number;
  };
  per_minute: number[];
  gaps: [number, number][];
  last_saved_ms: number | null;
  head: string;
}

export interface TimelineEntry {
  at_ms: number;
  kind: string;
  /** What stands out: what is unusual, and what staff did. */
  sort: "alert" | "staff" | "plain";
  text_zh: string;
  text_en: string;
  actor_name: string | null;
  reason: string | null;
}

export type RecoveryState = "open" | "proposed_apply" | "proposed_refuse" | "applied" | "refused";

export interface RecoveryCase {
  id: string;
  state: RecoveryState;
  count: number;
  first_staff_name: string | null;
}

export interface Finding {
  cause: "unfinished" | "unsynced" | "recovery" | "machine" | "not_arrived" | "blank" | "loss" | "incident";
  /** 0 for the whole room. */
  seat: number;
  name: string;
  candidate_id: string | null;
  /** Id of the attempt, candidate, case or incident that the act is about. */
  about: string;
  ordinal: number | null;
  detail: string;
}

export interface Reconciliation {
  counts: {
    expected: number;
    present: number;
    absent: number;
    submitted: number;
    explained: number;
    not_arrived: number;
    at_work: number;
  };
  rows: Finding[];
  cases: Record<string, RecoveryCase>;
}

export interface Detail {
  candidate: {
    id: string;
    name: string;
    seat: number | null;
    ticket: string | null;
    id_masked: string;
    photo: string | null;
    trade: string;
    level_name: string;
    city: string;
    unit: string;
  };
  attempts: AttemptDetail[];
  timeline: TimelineEntry[];
  incidents: { at_ms: number; kind: string; text: string; staff_name?: string }[];
  recovery: RecoveryCase[];
  suggest: "grant" | "release" | "continuation" | "none";
  suggest_seconds: number;
}

/** After an act: say what was done and look again. */
export type Done = (text: string) => void;

/** What can be done for one candidate; `run` resolves to whether it was. */
export interface SeatAct {
  key: string;
  label: string;
  icon: string;
  danger?: boolean;
  run: () => Promise<boolean>;
}

/** What can be done for the whole room. */
export interface RoomAct {
  key: string;
  label: string;
  icon: string;
  kind: "primary" | "plain" | "danger";
  run: () => void;
}
