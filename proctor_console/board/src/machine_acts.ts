// 换机: what a proctor can do about a candidate's machine, and about one where nobody sits.

import { dialog } from "./dialog";
import { post } from "./net";
import { minutes, seatNumber } from "./times";
import { t } from "./words";
import type { AttemptDetail, Detail, Done, Seat, SeatAct } from "./types";

/** Whose machine it is, and whom to tell once it is done. */
export interface MachineCase {
  seat: Seat;
  candidate: Detail["candidate"];
  who: string;
  done: Done;
}

const ANY = "any";
const IN_USE = new Set(["waiting", "working", "idle", "paused", "between"]);

/** The choices of a machine change: free spares first, any of them, then whom to change with. */
export function targets(of: Seat, seats: Iterable<Seat>): [string, [string, string][]][] {
  const all = [...seats].sort((one, other) => one.seat - other.seat);
  const promised = new Set(all.map((seat) => seat.sent_to));
  const free = all.filter((seat) => seat.state === "spare" && !promised.has(seat.seat));
  const others = all.filter((seat) =>
    seat.candidate_id && seat.candidate_id !== of.candidate_id && IN_USE.has(seat.state) && !seat.sent);
  const swaps = IN_USE.has(of.state) ? others : [];
  return [
    [t("pick_spare"), free.map((seat): [string, string] =>
      [`seat:${seat.seat}`, t("pick_seat_n", { n: seatNumber(seat.seat) })])],
    [t("pick_more"), [[ANY, t("pick_any")]]],
    [t("pick_swap"), swaps.map((seat): [string, string] =>
      [`swap:${seat.candidate_id}`, t("pick_swap_with", { n: seatNumber(seat.seat), who: seat.name ?? "" })])],
  ];
}

/** 换机: to a spare, or with somebody else. */
export function changeMachine(of: MachineCase, seats: Iterable<Seat>): SeatAct {
  return {
    key: "release", label: t("act_release"), icon: "swap",
    run: async () => {
      const ok = await dialog({
        title: t("of_whom", { what: t("act_release"), who: of.who }),
        text: t("release_text"),
        pick: { label: t("pick_machine"), groups: targets(of.seat, seats) },
        reason: [t("reason_machine"), t("reason_screen"), t("reason_mouse")],
        go: t("act_release"),
        send: ({ pick, reason }) => send(of, pick, reason),
      });
      if (ok) of.done(t("of_whom", { what: t("act_release"), who: of.who }));
      return ok;
    },
  };
}

function send(of: MachineCase, pick: string, reason: string): Promise<unknown> {
  const [kind, value] = pick.split(":");
  const path = `/console/api/candidates/${of.candidate.id}`;
  if (kind === "swap") return post(`${path}/swap`, { other: value, reason });
  return post(`${path}/release`, { reason, seat: kind === "seat" ? Number(value) : null });
}

/** One click: the candidate already sits at the other machine and asks. */
export function agreeToMove(of: MachineCase): SeatAct {
  const seat = of.seat.asks ?? 0;
  const label = seat > 0 ? t("act_agree_move", { n: seatNumber(seat) }) : t("act_agree_move_any");
  return {
    key: "agree-move", label, icon: "swap",
    run: async () => {
      await post(`/console/api/candidates/${of.candidate.id}/release`,
        { seat: seat || null, reason: t("reason_asked_at", { n: seatNumber(seat) }) });
      of.done(t("of_whom", { what: label, who: of.who }));
      return true;
    },
  };
}

/** 不换机: what was asked for or ordered is off. */
export function stayHere(of: MachineCase): SeatAct {
  return {
    key: "stay", label: t("act_stay"), icon: "cross",
    run: async () => {
      const ok = await dialog({
        title: t("of_whom", { what: t("act_stay"), who: of.who }),
        text: t("stay_text"),
        reason: [t("reason_repaired"), t("reason_not_needed")],
        go: t("act_stay"),
        send: ({ reason }) => post(`/console/api/candidates/${of.candidate.id}/stay`, { reason }),
      });
      if (ok) of.done(t("of_whom", { what: t("act_stay"), who: of.who }));
      return ok;
    },
  };
}

/** The measured loss is not given back. */
export function declineLoss(of: MachineCase, attempt: AttemptDetail): SeatAct {
  const label = t("act_decline_loss");
  return {
    key: "decline-loss", label, icon: "cross",
    run: async () => {
      const ok = await dialog({
        title: t("of_whom", { what: label, who: of.who }),
        text: t("decline_text", { time: minutes(attempt.time.proposed_ms) }),
        reason: [t("reason_no_loss"), t("reason_own_fault")],
        go: label,
        send: ({ reason }) => post(`/console/api/attempts/${attempt.id}/decline-loss`, { reason }),
      });
      if (ok) of.done(t("of_whom", { what: label, who: of.who }));
      return ok;
    },
  };
}

/** 停用 or 恢复备用 of a machine at which nobody sits. */
export async function markWorkstation(sittingId: string, seat: Seat, done: Done): Promise<void> {
  const back = seat.state === "out_of_use";
  const label = t(back ? "act_spare_again" : "act_out_of_use");
  const ok = await dialog({
    title: t("of_whom", { what: label, who: t("pick_seat_n", { n: seatNumber(seat.seat) }) }),
    text: t(back ? "spare_again_text" : "out_of_use_text"),
    reason: back ? [t("reason_repaired")] : [t("reason_machine"), t("reason_screen"), t("reason_mouse")],
    go: label,
    danger: !back,
    send: ({ reason }) => post(`/console/api/sittings/${sittingId}/workstation`,
      { seat: seat.seat, use: back ? "spare" : "out_of_use", reason }),
  });
  if (ok) done(t("of_whom", { what: label, who: t("pick_seat_n", { n: seatNumber(seat.seat) }) }));
}
