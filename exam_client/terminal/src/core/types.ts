/** The wire shapes of docs/reference/terminal-api.md. Times ending in `_ms` are integer ms. */

export type ItemType = "single" | "multiple" | "true_false";
export type Mode = "formal" | "trial" | "practice";

/** (fence, counter): the newest acknowledged one wins (DESIGN §2.2). */
export type Revision = readonly [number, number];

export interface SeatInfo {
  exam: { name: string; mode: Mode };
  centre: string;
  room: string;
  sitting: { id: string; name: string; date_label: string; planned_start_ms: number } | null;
  seat: number;
  ticket_digits: number;
  now_ms: number;
  limits_shortened: boolean;
}

export interface BlockSubject {
  attempt_id: string;
  ordinal: number;
  subject: string;
  name: string;
  name_en?: string;
  count: number;
  minutes: number;
}

export interface Me {
  candidate_id: string;
  name: string;
  sex: "M" | "F";
  id_number: string;
  ticket: string;
  trade: string;
  level: string;
  level_name: string;
  seat: number;
  room: string;
  photo: string | null;
  exam: string;
  sitting: string;
  mode: Mode;
  block: BlockSubject[];
  rules: string[];
  rules_en: string[];
  pledge: string;
  pledge_en: string;
  auto_start_seconds: number;
  warn_minutes: number[];
  limits_shortened: boolean;
  /** How they read at the machine before this one; null: they never changed it. */
  preferences: { size: 0 | 1 | 2; contrast: boolean; language: "zh" | "en" } | null;
  /** Seals the answers file, should the answers have to be carried by hand. */
  carry_key: string | null;
}

export type AttemptPhase =
  | "assigned"
  | "checked_in"
  | "in_progress"
  | "paused"
  | "submitted"
  | "absent"
  | "voided";

export interface AttemptState {
  id: string;
  ordinal: number;
  subject: string;
  state: AttemptPhase;
  cause: "candidate" | "time" | "proctor" | null;
  running: boolean;
  left_ms: number;
  limit_ms: number;
  granted_ms: number;
  fence: number;
  answered: number;
  head_seq: number;
  head: string;
  submitted_ms: number | null;
}

export interface Message {
  id: string;
  text: string;
  at_ms: number;
}

export interface State {
  /** Another one when there is news. */
  version: string;
  epoch: number;
  now_ms: number;
  sitting: {
    state: string;
    planned_start_ms: number;
    bell_in_ms: number | null;
    paused: boolean;
    head: string;
  };
  checked_in: boolean;
  pledged: boolean;
  hand_raised: boolean;
  attempts: AttemptState[];
  messages: Message[];
  /** The seat a proctor sends this candidate to; null: no machine change is under way. */
  move_to: number | null;
  absent: boolean;
  /** Null until the scores may be seen. */
  result: Result | null;
}

/** The newest entry of the sitting's record, signed by the centre. */
export interface SignedHead {
  sitting: string;
  seq: number;
  digest: string;
  at: number;
  signature: string;
}

export interface Heading {
  type: ItemType;
  title: string;
  rule: string;
  title_en: string;
}

export interface Stage {
  attempt_id: string;
  ordinal: number;
  form_id: string;
  blob: string;
  blob_bytes: number;
  shape: {
    sections: {
      type: ItemType;
      points: string;
      items: { id: string; options: number; fixed: string }[];
    }[];
  };
  order: { items: string[]; options: Record<string, string> };
  headings: Heading[];
}

/** One response as it travels: canonical letters, sorted, or "" for a blank. */
export interface WireResponse {
  item: string;
  options: string;
  marked: boolean;
  revision: Revision;
  elapsed_ms: number;
}

export interface Batch {
  responses: WireResponse[];
  current_item: number;
  offline_ms: number;
}

export interface Receipt {
  item: string;
  revision: Revision;
  seq: number;
  digest: string;
  kept: "counted" | "superseded" | "late";
}

export interface Receipts {
  receipts: Receipt[];
  left_ms: number;
  head_seq: number;
  head: string;
}

/** What opening a subject is answered with. */
export interface Opened {
  key: string;
  state: State;
}

/** What a hand-in is answered with. */
export interface HandedIn {
  receipts: Receipt[];
  state: State;
}

export interface KeptResponse {
  item: string;
  options: string;
  marked: boolean;
  revision: Revision;
  seq: number;
  digest: string;
}

export interface KeptResponses {
  responses: KeptResponse[];
  current_item: number;
}

export interface Result {
  provisional: boolean;
  sum: string | null;
  full: string | null;
  subjects: {
    ordinal: number;
    name: string;
    points: string | null;
    full: string;
    submitted_ms: number | null;
    cause: "candidate" | "time" | "proctor" | null;
  }[];
  receipt: string;
  publish_days: number | null;
}

export interface Problem {
  type: string;
  title: string;
  title_en: string;
  status: number;
  facts: Record<string, unknown>;
}

export interface TerminalEvent {
  kind: string;
  elapsed_ms: number;
  data: Record<string, unknown>;
}
