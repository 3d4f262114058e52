// What the server says about groups and lines: exam_server/results/views/group_shapes.

export interface LineCounts {
  registered: number;
  present: number;
  valid: number;
  absent: number;
  partial: number;
  voided: number;
  conditional: number;
  pending: number;
}

export interface GroupCard {
  key: string;
  city: string;
  trade: string;
  level: string;
  level_name: string;
  counts: LineCounts;
  state: "none" | LineState;
  line: string | null;
  reached: number | null;
  small: boolean;
  drawn_by: string;
  filed: boolean;
}

export type Mode = "line" | "fixed" | "rate" | "and" | "or" | "floor_then_rate" | "bounds"
  | "fail_cap" | "angoff" | "hofstee";

export interface LineParams {
  basis: "sum" | "each_subject";
  mode: Mode;
  line: string | null;
  rate: string | null;
  rounding: "floor" | "round" | "ceil";
  tie: "include" | "exclude";
  rate_base: "valid" | "present" | "registered";
  fail_rate: string | null;
  low: string | null;
  high: string | null;
  panel: string | null;
  grid: string;
  minimum: Record<string, string>;
}

export type LineState =
  "proposed" | "approved" | "filed" | "effective" | "returned" | "superseded" | "reopened";
export type LineAct = "approved" | "filed" | "effective" | "returned";

export interface LineStep {
  step: LineState;
  by: string;
  at_ms: number;
  reason: string;
  document: string;
}

export interface LineCard {
  id: string;
  version: number;
  state: LineState;
  line: string | null;
  params: LineParams;
  counts: Record<string, number>;
  snapshot: string;
  stale: boolean;
  steps: LineStep[];
  acts: LineAct[];
  own: boolean;
  without: { reason: string; centres: MissingCentre[] } | null;
}

/** A centre whose announced package is not there, with its people of the group. */
export interface MissingCentre {
  centre: string;
  people: number;
}

export interface ScoreLine {
  candidate_id: string;
  name: string;
  ticket: string | null;
  city: string;
  unit: string;
  subjects: Record<string, string>;
  compared: string;
  reached: boolean;
}

export interface GroupDetail {
  key: string;
  exam: string;
  city: string;
  trade: string;
  level: string;
  level_name: string;
  columns: { id: string; ordinal: number; name: string; name_en: string; full: string }[];
  full: string;
  params: LineParams;
  counts: LineCounts;
  line: string | null;
  quota: number | null;
  quota_line: string | null;
  base: number;
  reached: number;
  at_line: number;
  one_below: number;
  below_minimum: number;
  conditional_reached: number;
  notes: string[];
  practical: boolean;
  drawn_by: string;
  office: string;
  steps: LineState[];
  may_propose: boolean;
  missing: MissingCentre[];
  mean: string | null;
  highest: string | null;
  lowest: string | null;
  histogram: [string, string, number][];
  cumulative: [string, number, number][];
  around: { line: string; reached: number; difference: number; ties: number }[];
  ties: ScoreLine[];
  units: { unit: string; valid: number; reached: number }[];
  earlier: {
    year: number; exam: string; line: string; reached: number; valid: number; comparable: boolean;
  } | null;
  cities: { city: string; valid: number; reached: number; line: string | null; own: boolean }[];
  panels: PanelCard[];
  judges: { digest: string; yes_no: boolean; agreement: Agreement } | null;
  lines: LineCard[];
}

export interface PanelCard {
  digest: string;
  method: "angoff" | "hofstee";
  judges: number;
  imported_by: string;
  imported_ms: number;
}

export interface Spread {
  mean: string;
  deviation: string | null;
  error: string | null;
}

export interface Agreement {
  judges: {
    name: string;
    line: string | null;
    accepts: { c_min: string; c_max: string; f_min: string; f_max: string } | null;
  }[];
  spread: Record<string, Spread>;
  icc_one: string | null;
  icc_mean: string | null;
  unanimous: string | null;
  disputed: { item: { subject: string; number: number; points: string }; lowest: string; highest: string }[];
}
