import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type App, freshApp } from "../src/core/app";
import { type Api, Refused } from "../src/core/api";
import { Asking, LOGIN_ELSEWHERE } from "../src/core/asking";
import { USUAL } from "../src/core/machine";
import { Store } from "../src/core/store";
import type { Me, Problem, State } from "../src/core/types";

const BODY = { ticket: "1", id_number: "2", room: "02", seat: 20, terminal_id: "t" };

function problem(type: string): Problem {
  return { type, title: "", title_en: "", status: 409, facts: {} };
}

describe("asking for another machine", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  function machine(...answers: (string | null)[]) {
    const store = new Store<App>({ ...freshApp(USUAL), problem: problem(LOGIN_ELSEWHERE) });
    const login = vi.fn(async () => {
      const answer = answers.shift();
      if (answer) throw new Refused(problem(answer));
      return { me: { name: "王" } as Me, state: {} as State };
    });
    const comeIn = vi.fn(async (me: Me) => store.set({ me, problem: null }));
    return { store, login, comeIn, asking: new Asking(store, { login } as unknown as Api, comeIn) };
  }

  test("goes on by itself once the proctor agrees, and asks no more", async () => {
    const { login, comeIn, asking } = machine(LOGIN_ELSEWHERE, LOGIN_ELSEWHERE, null);
    asking.begin(BODY);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(login).toHaveBeenCalledTimes(3);
    expect(login).toHaveBeenLastCalledWith(BODY);
    expect(comeIn).toHaveBeenCalledTimes(1);
  });

  test("a key pressed meanwhile ends it", async () => {
    const { store, login, asking } = machine(LOGIN_ELSEWHERE, LOGIN_ELSEWHERE, null);
    asking.begin(BODY);
    await vi.advanceTimersByTimeAsync(2_100);
    store.set({ problem: null });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(login).toHaveBeenCalledTimes(1);
  });

  test("another refusal is shown and ends it", async () => {
    const { store, login, asking } = machine("login_sent_elsewhere");
    asking.begin(BODY);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(login).toHaveBeenCalledTimes(1);
    expect(store.get().problem?.type).toBe("login_sent_elsewhere");
  });

  test("a line that is down is tried again", async () => {
    const { login, comeIn, asking } = machine(null);
    login.mockRejectedValueOnce(new Error("unreachable"));
    asking.begin(BODY);
    await vi.advanceTimersByTimeAsync(4_100);
    expect(login).toHaveBeenCalledTimes(2);
    expect(comeIn).toHaveBeenCalledTimes(1);
  });
});
