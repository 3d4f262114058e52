/**
 * 换机: a login at a second machine asks the proctor. The machine goes on trying with what was
 * typed, so that it continues by itself once somebody agrees; any key stops it.
 */

import type { App } from "./app";
import { type Api, Refused } from "./api";
import type { Store } from "./store";
import type { Me, State } from "./types";

export const LOGIN_ELSEWHERE = "login_elsewhere";
const AGAIN_MS = 2_000;

export class Asking {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly store: Store<App>,
    private readonly api: Api,
    private readonly comeIn: (me: Me, state: State) => Promise<void>,
  ) {}

  /** From now on, while the page still says that the proctor must agree. */
  begin(body: Parameters<Api["login"]>[0]): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.again(body), AGAIN_MS);
  }

  private async again(body: Parameters<Api["login"]>[0]): Promise<void> {
    if (!this.waiting()) return;
    try {
      const { me, state } = await this.api.login(body);
      if (this.waiting()) await this.comeIn(me, state);
    } catch (error) {
      if (!this.waiting()) return;
      if (error instanceof Refused) this.store.set({ problem: error.problem });
      if (this.waiting()) this.begin(body);
    }
  }

  private waiting(): boolean {
    const { me, problem } = this.store.get();
    return me === null && problem?.type === LOGIN_ELSEWHERE;
  }
}
