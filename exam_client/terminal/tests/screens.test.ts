import { describe, expect, test } from "vitest";
import { type App, countsOf, freshApp, screenOf } from "../src/core/app";
import type { Paper } from "../src/core/paper";
import type { AttemptState, Me, State } from "../src/core/types";

const PAPER: Paper = { formId: "f", sections: [], items: [] };
const ME = { block: [], auto_start_seconds: 60 } as unknown as Me;

function attempt(change: Partial<AttemptState> = {}): AttemptState {
  return {
    id: "a1",
    ordinal: 1,
    subject: "s",
    state: "checked_in",
    cause: null,
    running: false,
    left_ms: 3_600_000,
    limit_ms: 3_600_000,
    granted_ms: 0,
    fence: 1,
    answered: 0,
    head_seq: 0,
    head: "",
    submitted_ms: null,
    ...change,
  };
}

function state(change: Partial<State> = {}, attempts = [attempt()], bell: number | null = 60_000): State {
  return {
    version: "v",
    epoch: 1,
    now_ms: 0,
    sitting: { state: "unsealed", planned_start_ms: 0, bell_in_ms: bell, paused: false, head: "" },
    checked_in: true,
    pledged: true,
    hand_raised: false,
    attempts,
    messages: [],
    absent: false,
    move_to: null,
    result: null,
    ...change,
  };
}

function app(change: Partial<App>): App {
  const preferences = { size: 1, contrast: false, language: "zh" } as const;
  return { ...freshApp(preferences), ready: true, seat: { room: "02", seat: 23 }, me: ME, ...change };
}

const running = attempt({ state: "in_progress", running: true });
const open = { paper: PAPER, attempt: "a1", reconciled: true };

describe("the screen that follows from what is known", () => {
  test.each([
    ["seat-setup", app({ seat: null, me: null })],
    ["login", app({ me: null })],
    ["confirm", app({ state: state({ checked_in: false }) })],
    ["absent", app({ state: state({ absent: true }) })],
    ["rules", app({ state: state({ pledged: false }) })],
    ["waiting", app({ state: state() })],
    ["opening", app({ state: state({}, [attempt()], null) })],
    ["opening", app({ state: state({}, [running], null) })],
    ["answer", app({ state: state({}, [running], null), ...open })],
    // The bell's push opens the paper before the server has said that the attempt runs.
    ["answer", app({ state: state(), ...open })],
    ["rules", app({ state: state({ pledged: false }, [running], null), ...open })],
    ["paused", app({ state: state({}, [attempt({ state: "paused" })], null), ...open })],
    ["timeup", app({ state: state({}, [running], null), ...open, timeUp: true })],
    ["submit", app({ state: state({}, [running], null), ...open, handIn: "check" })],
    ["submit-again", app({ state: state({}, [running], null), ...open, handIn: "again" })],
    ["unfinished", app({ state: state({}, [running], null), ...open, handIn: "unfinished" })],
    ["between", app({ state: state({}, [attempt({ state: "submitted" }), attempt({ id: "a2" })], null) })],
    ["score", app({ state: state({}, [attempt({ state: "submitted" })], null) })],
    ["fenced", app({ state: state({}, [running], null), ...open, dark: "fenced" })],
  ] as const)("%s", (screen, given) => expect(screenOf(given)).toBe(screen));

  test("a paper is not shown for input before this machine agrees with the server", () => {
    const given = app({ state: state({}, [running], null), ...open, reconciled: false });
    expect(screenOf(given)).toBe("opening");
  });
});

test("counts speak of displayed numbers; a mark is not an answer", () => {
  const items = ["x", "y", "z"].map((id, index) => ({ id, number: index + 1 }));
  const paper = { ...PAPER, items } as unknown as Paper;
  const answers = new Map([
    ["x", { options: "a", marked: false, saved: true }],
    ["y", { options: "", marked: true, saved: true }],
  ]);
  expect(countsOf(paper, answers)).toEqual({ answered: 1, blank: [2, 3], marked: [2], total: 3 });
});
