// 收场核对: everybody accounted for in sight, what is still open by seat, each with its act.

import { decideRecovery, incidentKinds } from "./acts";
import { dialog } from "./dialog";
import { h, icon, redraw } from "./dom";
import { get, post, Refused } from "./net";
import { minutes, seatNumber } from "./times";
import { t, type Word } from "./words";
import type { Done, Finding, Reconciliation } from "./types";

const LOOK_MS = 3000; // what candidates do meanwhile shows by itself
const ICONS: Record<Finding["cause"], string> = {
  unfinished: "pen", unsynced: "lost", recovery: "late", machine: "swap",
  not_arrived: "ring", blank: "absent", loss: "clock", incident: "list",
};

/** The two sums, as words: what must add up. */
export function sums({ counts }: Reconciliation): [string, string][] {
  const { expected, present, absent, submitted, explained, not_arrived, at_work } = counts;
  const more = (word: Word, n: number): string => (n > 0 ? ` + ${t(word)} ${n}` : "");
  return [
    [`${t("count_expected")} ${expected}`, `${t("count_arrived")} ${present} + ${t("count_absent")} ${absent}`
      + more("count_not_arrived", not_arrived)],
    [`${t("count_arrived")} ${present}`, `${t("count_submitted")} ${submitted} + ${t("count_explained")} ${explained}`
      + more("count_at_work", at_work)],
  ];
}

export class Reconcile {
  private readonly body = h("div", { class: "reconcile-body" }, h("p", { class: "muted" }, t("loading")));
  private readonly problem = h("p", { class: "problem", role: "alert", hidden: true });
  private readonly go: HTMLButtonElement;
  private readonly box: HTMLDialogElement;
  private readonly timer: number;
  private look = "";

  constructor(
    private readonly sittingId: string,
    private readonly onSeat: (seat: number) => void,
    private readonly done: Done,
  ) {
    this.go = h("button", { type: "button", class: "button is-primary", "data-test": "dialog-go",
      disabled: true, click: () => void this.close() }, t("room_close"));
    this.box = h("dialog", { class: "act reconcile", "aria-labelledby": "reconcile-title" },
      h("h2", { id: "reconcile-title" }, t("reconcile")),
      this.body,
      this.problem,
      h("div", { class: "dialog-foot" },
        h("button", { type: "button", class: "button is-plain", click: () => this.box.close() }, t("cancel")),
        this.go));
    this.timer = window.setInterval(() => void this.refresh(), LOOK_MS);
    this.box.addEventListener("close", () => {
      clearInterval(this.timer);
      this.box.remove();
    });
    document.body.append(this.box);
    this.box.showModal();
    void this.refresh();
  }

  private async refresh(): Promise<void> {
    try {
      const found = await get<Reconciliation>(`/console/api/sittings/${this.sittingId}/reconciliation`);
      const look = JSON.stringify(found);
      if (look === this.look) return;
      this.look = look;
      this.draw(found);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.say(error.message);
    }
  }

  private draw(found: Reconciliation): void {
    const open = found.rows.length;
    this.go.disabled = open > 0;
    this.problem.hidden = true;
    redraw(
      this.body,
      h("dl", { class: "sums", "data-test": "sums" }, ...sums(found).map(([left, right]) =>
        h("div", {}, h("dt", {}, left), h("dd", {}, `= ${right}`)))),
      h("p", { class: open > 0 ? "reconcile-state" : "reconcile-state is-clear", role: "status" },
        icon(open > 0 ? "list" : "check"), open > 0 ? t("reconcile_open", { n: open }) : t("reconcile_clear")),
      open > 0 && h("ul", { class: "reconcile-rows" }, ...found.rows.map((row) => this.row(row, found))),
    );
  }

  private row(row: Finding, found: Reconciliation): HTMLElement {
    const key = `${row.cause}-${row.about}`;
    const label = t(`settle_${row.cause}` as Word);
    return h("li", { "data-test": `open-${row.cause}` },
      h("span", { class: "mark" }, icon(ICONS[row.cause], 20)),
      row.seat > 0
        ? h("button", { type: "button", class: "reconcile-who", "data-key": `who-${key}`,
            click: () => { this.box.close(); this.onSeat(row.seat); } },
            `${seatNumber(row.seat)} ${row.name}`)
        : h("b", { class: "reconcile-who" }, t("whole_room")),
      h("span", { class: "reconcile-why" }, why(row)),
      h("button", { type: "button", class: "button is-plain", "data-key": key, "data-test": `settle-${row.cause}`,
        click: () => void settle(row, found, this.done).then(() => this.refresh()) }, label));
  }

  private async close(): Promise<void> {
    this.go.disabled = true;
    try {
      await post(`/console/api/sittings/${this.sittingId}/close`);
      this.box.close();
      this.done(t("room_close"));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.say(error.message);
      this.look = "";
      void this.refresh();
    }
  }

  private say(text: string): void {
    this.problem.hidden = false;
    this.problem.textContent = text;
  }
}

/** What is still open about a seat, in one sentence. */
function why(row: Finding): string {
  const subject = row.ordinal === null ? "" : t("nth_subject", { n: row.ordinal });
  const kinds = new Map(incidentKinds());
  const facts = {
    subject,
    time: row.cause === "loss" ? minutes(Number(row.detail)) : "",
    kind: kinds.get(row.detail) ?? "",
  };
  return t(`open_${row.cause}` as Word, facts);
}

/** The act that settles a row; resolves when its dialog is closed. */
async function settle(row: Finding, found: Reconciliation, done: Done): Promise<void> {
  const recovery = row.cause === "recovery" ? found.cases[row.about] : undefined;
  if (recovery) return decideRecovery(recovery, done);
  const [path, body] = request(row);
  const label = t(`settle_${row.cause}` as Word);
  const who = row.seat > 0 ? `${seatNumber(row.seat)} ${row.name}` : t("whole_room");
  const ok = await dialog({
    title: t("of_whom", { what: label, who }),
    text: why(row),
    reason: often(row.cause),
    danger: row.cause === "unfinished" || row.cause === "not_arrived",
    go: label,
    send: ({ reason }) => post(path, { ...body, reason }),
  });
  if (ok) done(t("of_whom", { what: label, who }));
}

function request(row: Finding): [string, Record<string, string>] {
  const attempt = `/console/api/attempts/${row.about}`;
  switch (row.cause) {
    case "unfinished": return [`${attempt}/submit`, {}];
    case "loss": return [`${attempt}/decline-loss`, {}];
    case "machine": return [`/console/api/candidates/${row.about}/stay`, {}];
    case "not_arrived": return [`/console/api/candidates/${row.about}/absent`, {}];
    case "incident": return [`/console/api/incidents/${row.about}/settle`, {}];
    default: return [`${attempt}/explain`, { cause: row.cause }];
  }
}

function often(cause: Finding["cause"]): string[] {
  switch (cause) {
    case "unfinished": return [t("reason_asked"), t("reason_discipline"), t("reason_ill")];
    case "not_arrived": return [t("reason_not_come"), t("reason_gave_up")];
    case "blank": return [t("reason_gave_up"), t("reason_left_blank")];
    case "unsynced": return [t("reason_machine_broken"), t("reason_switched_off")];
    case "machine": return [t("reason_not_needed"), t("reason_repaired")];
    case "loss": return [t("reason_no_loss"), t("reason_own_fault")];
    case "incident": return [t("reason_settled"), t("reason_handed_on")];
    default: return [];
  }
}
