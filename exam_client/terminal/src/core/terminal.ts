/** The candidate's terminal: wires the parts, takes news in, offers the acts to the screens. */

import { Answering } from "./answering";
import { Api, Refused } from "./api";
import { Asking, LOGIN_ELSEWHERE } from "./asking";
import { type App, currentAttempt, freshApp, freshCandidate } from "./app";
import { answersFile, saveFile } from "./carry";
import type { Core } from "./core";
import { Day } from "./day";
import { HandInDesk } from "./handin";
import { Link } from "./link";
import {
  type Preferences,
  USUAL,
  readLoggedIn,
  readPreferences,
  readSeat,
  type Seat,
  seatFromAddress,
  terminalId,
  writeLoggedIn,
  writePreferences,
  writeSeat,
} from "./machine";
import { NoticeBoard } from "./noticeboard";
import { Papers } from "./papers";
import { Reporter } from "./reporter";
import { Rhythm } from "./rhythm";
import type { Shelf } from "./shelf";
import { Line } from "./socket";
import { Store } from "./store";
import type { Me, State } from "./types";

/** The room has no sitting: a place without an exam, not something the person did wrong. */
const NO_SITTING = "no_sitting_in_room";
const CACHE_FIRST_AFTER_MS = 1_000;
const CLOCK_TOLERANCE_MS = 60_000;

export class Terminal implements Core {
  readonly store: Store<App>;
  readonly api: Api;
  readonly link: Link;
  readonly line: Line;
  readonly reporter: Reporter;
  readonly answering: Answering;
  readonly day: Day;
  readonly handIn: HandInDesk;
  readonly board: NoticeBoard;
  private readonly asking: Asking;
  private readonly papers: Papers;
  private readonly rhythm: Rhythm;
  private acting = false;

  constructor(readonly shelf: Shelf) {
    this.store = new Store(freshApp(readPreferences()));
    this.link = new Link((up, silentMs) => this.linkTurned(up, silentMs));
    this.api = new Api({
      onContact: (reached) => (reached ? this.link.reached() : this.linkFailed()),
    });
    this.line = new Line({
      connected: () => this.rhythm.connected(),
      disconnected: () => this.rhythm.connected(),
      bell: ({ keys }) => void this.day.bell(keys),
      state: (state) => {
        this.link.reached();
        this.apply(state);
      },
      fenced: () => this.goDark("fenced"),
    });
    this.reporter = new Reporter(this.api, () => (this.reporting() ? this.answering.elapsed() : null));
    this.board = new NoticeBoard(this.store, shelf);
    this.asking = new Asking(this.store, this.api, (me, state) => this.takeIn(me, state));
    this.papers = new Papers(this.api, shelf);
    this.answering = new Answering(this);
    this.handIn = new HandInDesk(this, this.answering);
    this.day = new Day(this, this.papers, this.answering, this.handIn);
    this.rhythm = new Rhythm(this, this.answering, this.day, {
      notify: (notice) => this.board.put(notice),
      refreshPlace: () => this.refreshPlace(),
      linkFailed: () => this.linkFailed(),
    });
  }

  // ---- coming up -----------------------------------------------------------------------

  /** Brings the page up: with the server's word if it comes soon, else with what is kept here. */
  async boot(): Promise<void> {
    terminalId(); // named now, so that the name is on the disk long before somebody logs in
    const given = seatFromAddress();
    if (given) writeSeat(given);
    this.store.set({ seat: given ?? readSeat() });
    if (await this.somebodyWasHere()) await this.comeBack();
    this.store.set({ ready: true });
    void this.refreshPlace();
    this.rhythm.begin();
  }

  /** On a machine where nobody has logged in there is nobody to ask for. */
  private async somebodyWasHere(): Promise<boolean> {
    return readLoggedIn() || !this.shelf.durable || (await this.shelf.note<Me>("c:me")) !== undefined;
  }

  private async comeBack(): Promise<void> {
    const asked = this.api.me();
    asked.catch(() => undefined); // awaited below; until then a refusal is no error
    const cached = await this.hydrateUnless(asked);
    try {
      const { me, state } = await asked;
      await this.takeIn(me, state);
      this.reporter.add("reloaded");
    } catch (error) {
      if (error instanceof Refused && cached) await this.loggedOut();
    }
  }

  private async hydrateUnless(asked: Promise<unknown>): Promise<boolean> {
    const me = await this.shelf.note<Me>("c:me");
    const state = await this.shelf.note<State>("c:state");
    if (!me || !state) return false;
    const quick = new Promise((done) => setTimeout(done, CACHE_FIRST_AFTER_MS));
    const outcome = await Promise.race([
      asked.then(() => "server", (error) => (error instanceof Refused ? "server" : "cache")),
      quick.then(() => "cache"),
    ]);
    if (outcome === "cache") await this.hydrate(me, state);
    return true;
  }

  private async hydrate(me: Me, state: State): Promise<void> {
    await this.board.restore();
    await this.answering.restore(state.attempts);
    const stages = await this.papers.cached();
    this.store.set({ me, state, stages, staging: stages.length > 0 ? "ready" : "none" });
    this.line.open();
    this.day.advance();
    this.store.set({ ready: true });
  }

  /** A candidate is known: from a login, or from the cookie after a reload. */
  private async takeIn(me: Me, state: State): Promise<void> {
    const before = await this.shelf.note<Me>("c:me");
    if (before && before.candidate_id !== me.candidate_id) await this.forget();
    if (before?.candidate_id !== me.candidate_id) this.preferencesOf(me);
    await this.board.restore();
    writeLoggedIn(true);
    await this.shelf.setNote("c:me", { ...me, id_number: "" }).catch(() => undefined);
    if (!this.store.get().me) {
      await this.answering.restore(state.attempts);
      const stages = await this.papers.cached();
      this.store.set({ stages, staging: stages.length > 0 ? "ready" : "none" });
    }
    this.store.set({ me, dark: "none", problem: null, unreachable: false });
    this.apply(state, this.newsCount());
    this.line.open();
    const skew = Math.abs(state.now_ms - Date.now());
    if (skew > CLOCK_TOLERANCE_MS) this.reporter.add("clock_differs", { difference_ms: skew });
  }

  private async forget(): Promise<void> {
    this.line.close();
    this.reporter.clear();
    this.answering.forget();
    this.day.forget();
    this.rhythm.forget();
    this.board.forget();
    writeLoggedIn(false);
    await this.shelf.dropNotes("c:").catch(() => undefined);
    this.store.set(freshCandidate());
  }

  private async loggedOut(): Promise<void> {
    if (!this.store.get().me) return;
    await this.forget();
    void this.refreshPlace();
  }

  // ---- news ----------------------------------------------------------------------------

  newsCount(): number {
    return this.rhythm.newsCount;
  }

  apply(state: State, asked?: number): void {
    const before = this.store.get().state;
    const pushed = asked === undefined;
    const newer = pushed ? !before || state.now_ms > before.now_ms : asked === this.newsCount();
    if (!newer) {
      if (state.version !== before?.version) this.rhythm.pollSoon();
      return;
    }
    this.answering.sync(state);
    this.store.set({ state });
    this.board.read(before, state);
    void this.shelf.setNote("c:state", state).catch(() => undefined);
    this.day.advance();
    this.rhythm.heard();
  }

  refused(error: unknown): boolean {
    if (!(error instanceof Refused)) return false;
    if (error.code === "not_logged_in") void this.loggedOut();
    else if (error.code === "fenced") this.goDark("fenced");
    else return false;
    return true;
  }

  goDark(why: "fenced" | "window"): void {
    this.line.close();
    this.store.set({ dark: why });
  }

  private linkFailed(): void {
    this.link.failed(this.line.up);
    if (this.link.up) this.rhythm.pollSoon();
  }

  private linkTurned(up: boolean, silentMs: number): void {
    this.store.set({ linkUp: up });
    if (up) {
      this.reporter.add("reconnected", { silent_ms: silentMs });
      this.reporter.wake();
      this.answering.wake();
      this.handIn.resume();
      if (this.store.get().paper) this.board.put({ kind: "recovered", id: `recovered:${Date.now()}` });
      if (!this.store.get().me) void this.refreshPlace();
    }
    this.answering.refresh();
    this.rhythm.pollSoon();
  }

  // ---- the place --------------------------------------------------------------------

  async refreshPlace(): Promise<void> {
    const { seat } = this.store.get();
    if (!seat) return;
    try {
      const place = await this.api.seat(seat.room, seat.seat);
      const noSitting = this.store.get().problem?.type === NO_SITTING;
      this.store.set({ place, unreachable: false, ...(noSitting ? { problem: null } : {}) });
    } catch (error) {
      if (error instanceof Refused) this.store.set({ place: null, problem: error.problem });
      else this.store.set({ unreachable: true });
    }
  }

  private reporting(): boolean {
    const { me, state, dark } = this.store.get();
    return me !== null && state?.checked_in === true && currentAttempt(state) !== null && dark === "none";
  }

  // ---- acts ----------------------------------------------------------------------------

  setSeat(seat: Seat): void {
    writeSeat(seat);
    this.store.set({ seat, place: null, problem: null });
    void this.refreshPlace();
  }

  /** Back to the seat's set-up; only where nobody is logged in. */
  changeSeat(): void {
    if (!this.store.get().me) this.store.set({ seat: null, problem: null });
  }

  prefer(change: Partial<Preferences>): void {
    const preferences = { ...this.store.get().preferences, ...change };
    writePreferences(preferences);
    this.store.set({ preferences });
    if (this.store.get().me) void this.api.preferences(preferences).catch(() => undefined);
  }

  /** Somebody else sits here now: theirs, or the usual ones in the language of the login page. */
  private preferencesOf(me: Me): void {
    const { language } = this.store.get().preferences;
    const preferences = me.preferences ?? { ...USUAL, language };
    writePreferences(preferences);
    this.store.set({ preferences });
  }

  clearProblem(): void {
    if (this.store.get().problem || this.store.get().unreachable) {
      this.store.set({ problem: null, unreachable: false });
    }
  }

  login(ticket: string, idNumber: string): Promise<void> {
    const { seat } = this.store.get();
    if (!seat) return Promise.resolve();
    const body = { ticket, id_number: idNumber, ...seat, terminal_id: terminalId() };
    return this.act(async () => {
      const { me, state } = await this.api.login(body);
      await this.takeIn(me, state);
    }).then(() => {
      if (this.store.get().problem?.type === LOGIN_ELSEWHERE) this.asking.begin(body);
    });
  }

  confirm(ok: boolean): Promise<void> {
    return this.act(async () => {
      const asked = this.newsCount();
      this.apply(await this.api.confirm(ok), asked);
      this.store.set({ disputed: !ok });
    });
  }

  pledge(): Promise<void> {
    const asked = this.newsCount();
    return this.act(async () => this.apply(await this.api.pledge(), asked));
  }

  raiseHand(raised: boolean): Promise<void> {
    const asked = this.newsCount();
    return this.act(async () => this.apply(await this.api.hand(raised), asked));
  }

  /** 导出本机答案: everything the server has not confirmed, for staff to carry. */
  saveOutbox(): void {
    const { me, attempt, state } = this.store.get();
    const current = state?.attempts.find((one) => one.id === attempt) ?? currentAttempt(state);
    if (!me?.carry_key || !current) return;
    const origin = {
      candidate: me.candidate_id, attempt: current.id, terminal: terminalId(), fence: current.fence,
    };
    const text = answersFile(origin, this.answering.outbox(current.id).unsent(), me.carry_key);
    saveFile(`answers-${me.room}-${me.seat}-${current.ordinal}.json`, text);
  }

  /** After going dark: the machine is free for whoever sits down next. */
  async leaveDark(): Promise<void> {
    await this.forget();
    this.store.set({ dark: "none" });
    void this.refreshPlace();
  }

  private async act(step: () => Promise<void>): Promise<void> {
    if (this.acting) return;
    this.acting = true;
    this.store.set({ busy: true, problem: null, unreachable: false });
    try {
      await step();
    } catch (error) {
      if (error instanceof Refused) {
        if (!this.refused(error)) this.store.set({ problem: error.problem });
      } else this.store.set({ unreachable: true });
    } finally {
      this.acting = false;
      this.store.set({ busy: false });
    }
  }
}
