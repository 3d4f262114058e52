// What a proctor can do for one candidate: labels, dialogs, requests.

import { dialog } from "./dialog";
import { agreeToMove, changeMachine, declineLoss, type MachineCase, stayHere } from "./machine_acts";
import { post } from "./net";
import { minutes, seatNumber } from "./times";
import { t } from "./words";
import type { AttemptDetail, AttemptState, Detail, Done, RecoveryCase, Seat, SeatAct } from "./types";

const ENDED = new Set<AttemptState>(["submitted", "absent", "voided"]);

/** Where a machine may hold answers that did not come. */
const OUT_OF_REACH = new Set<Seat["state"]>(["lost", "between", "submitted", "finished"]);

/** The attempt that acts are about: the first that has not ended. */
export function currentAttempt(detail: Detail): AttemptDetail | null {
  return detail.attempts.find((attempt) => !ENDED.has(attempt.state)) ?? null;
}

export class SeatActs {
  private readonly person: string;

  constructor(
    private readonly sittingId: string,
    private readonly seat: Seat,
    private readonly detail: Detail,
    private readonly seats: Iterable<Seat>,
    private readonly done: Done,
  ) {
    this.person = `${seatNumber(seat.seat)} ${detail.candidate.name}`;
  }

  /** Acts that make sense now, the recommended one first. */
  all(): SeatAct[] {
    const { seat, detail } = this;
    const attempt = currentAttempt(detail);
    const underWay = attempt !== null && ["in_progress", "paused"].includes(attempt.state);
    const here = !["not_arrived", "absent"].includes(seat.state);
    const acts: (SeatAct | false)[] = [
      seat.asks !== null && agreeToMove(this.machine()),
      seat.hand && this.lowerHand(),
      seat.state === "not_arrived" && this.admitLate(),
      seat.state === "not_arrived" && this.absent(),
      seat.state !== "absent" && attempt !== null && changeMachine(this.machine(), this.seats),
      (seat.asks !== null || seat.sent) && stayHere(this.machine()),
      underWay && this.grant(attempt),
      underWay && attempt.time.proposed_ms > 0 && declineLoss(this.machine(), attempt),
      attempt?.state === "paused" && this.resume(attempt),
      attempt?.state === "in_progress" && this.pause(attempt),
      here && this.message(),
      this.incident(),
      OUT_OF_REACH.has(seat.state) && this.carried(),
      underWay && this.submit(attempt),
    ];
    const list = acts.filter((act): act is SeatAct => act !== false);
    const first = list.findIndex((act) => act.key === this.recommended(attempt));
    return first > 0 ? [list[first]!, ...list.slice(0, first), ...list.slice(first + 1)] : list;
  }

  /** The key of the act to recommend, or nothing. */
  recommended(attempt = currentAttempt(this.detail)): string | null {
    if (this.seat.asks !== null) return "agree-move";
    if (this.seat.hand) return "lower-hand";
    if (attempt?.state === "paused") return "resume";
    if (this.detail.suggest === "grant" && this.detail.suggest_seconds > 0) return "grant";
    if (this.detail.suggest === "continuation") return "incident";
    return this.detail.suggest === "release" && !this.seat.sent ? "release" : null;
  }

  private act(
    key: string,
    label: string,
    icon: string,
    ask: Omit<Parameters<typeof dialog>[0], "go" | "title"> & { title?: string; go?: string },
  ): SeatAct {
    return {
      key, label, icon, danger: ask.danger ?? false,
      run: async () => {
        const ok = await dialog({ title: t("of_whom", { what: label, who: this.person }), go: label, ...ask });
        if (ok) this.done(t("of_whom", { what: label, who: this.person }));
        return ok;
      },
    };
  }

  private machine(): MachineCase {
    return { seat: this.seat, candidate: this.detail.candidate, who: this.person, done: this.done };
  }

  private to(path: string): string {
    return `/console/api/candidates/${this.detail.candidate.id}/${path}`;
  }

  private lowerHand(): SeatAct {
    return {
      key: "lower-hand", label: t("act_lower_hand"), icon: "hand",
      run: async () => {
        await post(this.to("lower-hand"));
        this.done(t("of_whom", { what: t("act_lower_hand"), who: this.person }));
        return true;
      },
    };
  }

  private grant(attempt: AttemptDetail): SeatAct {
    const suggested = this.detail.suggest_seconds;
    const label = suggested > 0 ? t("act_grant_time", { time: minutes(suggested * 1000) }) : t("act_grant");
    return this.act("grant", label, "plus", {
      title: t("of_whom", { what: t("act_grant"), who: this.person }),
      go: t("act_grant"),
      text: t("grant_text"),
      seconds: suggested > 0 ? suggested : 300,
      reason: [t("reason_machine"), t("reason_network"), t("reason_power"), t("reason_ill")],
      second: "if_asked",
      send: (given) => post(`/console/api/attempts/${attempt.id}/grant`,
        { seconds: given.seconds, reason: given.reason, second: given.second }),
    });
  }

  private pause(attempt: AttemptDetail): SeatAct {
    return this.act("pause", t("act_pause"), "pause", {
      text: t("pause_text"),
      reason: [t("reason_leave"), t("reason_ill"), t("reason_machine")],
      send: ({ reason }) => post(`/console/api/attempts/${attempt.id}/pause`, { reason }),
    });
  }

  private resume(attempt: AttemptDetail): SeatAct {
    return this.act("resume", t("act_resume"), "play", {
      text: t("resume_text"),
      reason: [t("reason_back"), t("reason_repaired")],
      send: ({ reason }) => post(`/console/api/attempts/${attempt.id}/resume`, { reason }),
    });
  }

  private message(): SeatAct {
    return this.act("message", t("act_message"), "message", {
      text_label: t("message_label"),
      send: ({ text }) => post(
        `/console/api/sittings/${this.sittingId}/candidates/${this.detail.candidate.id}/message`,
        { text }),
    });
  }

  private incident(): SeatAct {
    return this.act("incident", t("act_incident"), "pen", {
      text: t("incident_text"),
      choice: { label: t("incident_kind"), options: incidentKinds() },
      text_label: t("incident_label"),
      send: ({ choice, text }) => post(
        `/console/api/sittings/${this.sittingId}/candidates/${this.detail.candidate.id}/incidents`,
        { kind: choice, text }),
    });
  }

  /** What the machine could not send, brought by hand. */
  private carried(): SeatAct {
    return this.act("outbox", t("act_outbox"), "enter", {
      text: t("outbox_text"),
      file_label: t("outbox_file"),
      send: ({ text }) => post(this.to("outbox"), { text }),
    });
  }

  private submit(attempt: AttemptDetail): SeatAct {
    const blank = attempt.count - attempt.answered;
    return this.act("submit", t("act_submit"), "stop", {
      text: t("submit_text"),
      facts: [
        [t("fact_subject"), attempt.name],
        [t("fact_answered"), `${attempt.answered} / ${attempt.count}`],
        [t("fact_blank"), String(blank)],
        [t("fact_left"), minutes(attempt.time.left_ms)],
      ],
      reason: [t("reason_asked"), t("reason_discipline"), t("reason_ill")],
      danger: true,
      send: ({ reason }) => post(`/console/api/attempts/${attempt.id}/submit`, { reason }),
    });
  }

  private admitLate(): SeatAct {
    return this.act("admit-late", t("act_admit_late"), "enter", {
      text: t("admit_late_text"),
      reason: [t("reason_traffic"), t("reason_wrong_room")],
      send: ({ reason }) => post(this.to("admit-late"), { reason }),
    });
  }

  private absent(): SeatAct {
    return this.act("absent", t("act_absent"), "absent", {
      text: t("absent_text"),
      reason: [t("reason_not_come"), t("reason_gave_up")],
      danger: true,
      send: ({ reason }) => post(this.to("absent"), { reason }),
    });
  }
}

/** 迟到证据: the first person proposes, the second agrees or not. */
export async function decideRecovery(found: RecoveryCase, done: Done): Promise<void> {
  const open = found.state === "open";
  const ok = await dialog({
    title: t(open ? "recovery_propose" : "recovery_decide"),
    text: open
      ? t("recovery_open_text", { n: found.count })
      : t(found.state === "proposed_apply" ? "recovery_apply_text" : "recovery_refuse_text",
          { n: found.count, who: found.first_staff_name ?? "—" }),
    choice: {
      label: t("recovery_choice"),
      weighty: true,
      options: open
        ? [["yes", t("recovery_apply")], ["no", t("recovery_refuse")]]
        : [["yes", t("recovery_agree")], ["no", t("recovery_disagree")]],
    },
    reason: [],
    go: t(open ? "recovery_propose" : "recovery_decide"),
    send: ({ choice, reason }) => open
      ? post(`/console/api/recovery/${found.id}/propose`, { apply: choice === "yes", reason })
      : post(`/console/api/recovery/${found.id}/decide`, { agree: choice === "yes", reason }),
  });
  if (ok) done(t("recovery_done"));
}

/** 异常情况: the four kinds. */
export function incidentKinds(): [string, string][] {
  return [
    ["equipment", t("incident_equipment")],
    ["health", t("incident_health")],
    ["violation", t("incident_violation")],
    ["other", t("incident_other")],
  ];
}
