// The room board: one link to the server, four views of what it says.

import "../styles/console.css";
import { byId, say } from "./dom";
import { Drawer } from "./drawer";
import { Header } from "./header";
import { BoardLink, type ShownSeat } from "./link";
import { get, Refused } from "./net";
import { Overview } from "./overview";
import { Plan } from "./plan";
import { markAbsent, roomActs } from "./room_acts";
import { t } from "./words";
import { WorkstationPanel } from "./workstation";
import { WorstFirst } from "./worst";
import type { Detail } from "./types";

const SAID_MS = 8000;
const DETAIL_MS = 10_000; // the open drawer looks again at least this often

class RoomPage {
  private readonly sittingId = byId("room").dataset["sitting"] ?? "";
  private readonly link = new BoardLink(this.sittingId, () => this.show());
  private readonly plan = new Plan(byId("plan"), (seat) => this.toggle(seat));
  private readonly worst = new WorstFirst(
    byId("worst"), byId("live"), (seat) => this.select(seat),
    (people) => void markAbsent(people, (text) => this.said(text)));
  private readonly header = new Header((shown) =>
    roomActs(shown, (text) => this.said(text), (seat) => this.select(seat)));
  private readonly overview = new Overview(byId("drawer"));
  private readonly drawer = new Drawer(
    byId("drawer"), this.link, this.sittingId, () => this.select(null), (text) => this.said(text));
  private readonly workstation = new WorkstationPanel(
    byId("drawer"), this.sittingId, () => this.select(null), (text) => this.said(text));
  private selected: number | null = null;
  private detail: Detail | null = null;
  private detailAt = 0;
  private seen = "";
  private saidTimer = 0;

  constructor() {
    const asked = /^#seat-(\d+)$/.exec(location.hash);
    if (asked?.[1]) this.selected = Number(asked[1]);
    setInterval(() => this.show(), 500);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !document.querySelector("dialog[open]")) this.leave();
    });
  }

  private show(): void {
    const { shown } = this.link;
    if (!shown) return;
    const now = this.link.now();
    this.header.show(shown, this.link);
    this.plan.show(shown, now, this.selected);
    this.worst.show(shown, now, this.selected);
    const seat = this.selected === null ? undefined : shown.seats.get(this.selected);
    if (!seat) return this.overview.show(shown);
    if (!seat.candidate_id) return this.workstation.show(seat);
    this.follow(seat, now);
    if (this.detail) this.drawer.show(seat, this.detail);
  }

  /** Fetch the candidate's facts again when their seat has changed, or after a while. */
  private follow(seat: ShownSeat, now: number): void {
    const { heardAt: _heardAt, left_ms: _left, since_ms: _since, ...lasting } = seat;
    const look = JSON.stringify(lasting);
    const asleep = this.link.health === "lost" || now - this.detailAt < 700;
    if (asleep || (look === this.seen && now - this.detailAt < DETAIL_MS)) return;
    this.seen = look;
    this.detailAt = now;
    void this.fetchDetail(seat);
  }

  private async fetchDetail(seat: ShownSeat): Promise<void> {
    try {
      const detail = await get<Detail>(`/console/api/candidates/${seat.candidate_id}`);
      if (this.selected === seat.seat) this.detail = detail;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (this.selected === seat.seat && !this.detail) this.drawer.fail(seat, error.message);
    }
    this.show();
  }

  private toggle(number: number): void {
    this.select(this.selected === number ? null : number);
  }

  private select(number: number | null): void {
    this.selected = number;
    this.detail = null;
    this.detailAt = 0;
    this.seen = "";
    this.overview.clear();
    this.workstation.clear();
    this.drawer.clear();
    history.replaceState(null, "", number === null ? location.pathname : `#seat-${number}`);
    const seat = number === null ? undefined : this.link.shown?.seats.get(number);
    if (seat?.candidate_id) this.drawer.wait(seat);
    this.show();
  }

  private leave(): void {
    const number = this.selected;
    if (number === null) return;
    this.select(null);
    this.plan.focus(number);
  }

  private said(text: string): void {
    const place = byId("said");
    say(place, t("done", { what: text }));
    clearTimeout(this.saidTimer);
    this.saidTimer = window.setTimeout(() => say(place, ""), SAID_MS);
    this.seen = "";
    this.detailAt = 0;
    void this.link.refresh();
  }
}

new RoomPage();
