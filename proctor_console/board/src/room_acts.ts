// What a proctor can do for the whole room, by the state of the sitting.

import { incidentKinds } from "./acts";
import { dialog } from "./dialog";
import { post } from "./net";
import { Reconcile } from "./reconcile";
import { seatNumber } from "./times";
import { t } from "./words";
import type { Done, RoomAct, Seat } from "./types";
import type { Shown } from "./link";

/** Everybody who has not come, one after the other: each is an act of its own in the record. */
export async function markAbsent(people: Seat[], done: Done): Promise<void> {
  const left = [...people];
  const ok = await dialog({
    title: t("absent_all", { n: left.length }),
    text: t("absent_text"),
    facts: left.slice(0, 6).map((seat) => [seatNumber(seat.seat), seat.name ?? ""]),
    reason: [t("reason_not_come")],
    danger: true,
    go: t("act_absent"),
    send: async ({ reason }) => {
      for (let seat = left[0]; seat; seat = left[0]) {
        await post(`/console/api/candidates/${seat.candidate_id}/absent`, { reason });
        left.shift();
      }
    },
  });
  if (ok) done(t("act_absent"));
}

/** Acts for the whole room, by the state of the sitting. */
export function roomActs(shown: Shown, done: Done, onSeat: (seat: number) => void): RoomAct[] {
  const { sitting, counts } = shown.rest;
  const api = (path: string): string => `/console/api/sittings/${sitting.id}/${path}`;
  const ask = (label: string, spec: Omit<Parameters<typeof dialog>[0], "go" | "title">) =>
    (): void => void dialog({ title: label, go: label, ...spec }).then((ok) => ok && done(label));
  const act = (key: string, label: string, icon: string, kind: RoomAct["kind"],
    run: () => void): RoomAct => ({ key, label, icon, kind, run });
  const goTo = (page: string) => (): void => location.assign(`/console/sitting/${sitting.id}/${page}`);

  const message = act("message", t("room_message"), "message", "plain",
    ask(t("room_message"), {
      text_label: t("message_label"), send: ({ text }) => post(api("message"), { text }) }));
  const incident = act("incident", t("act_incident"), "pen", "plain",
    ask(t("act_incident"), {
      text: t("incident_text"),
      choice: { label: t("incident_kind"), options: incidentKinds() },
      text_label: t("incident_label"),
      send: ({ choice, text }) => post(api("incidents"), { kind: choice, text }) }));
  const close = act("close", t("room_close"), "stop", "plain",
    () => void new Reconcile(sitting.id, onSeat, done));

  switch (sitting.state) {
    case "ready":
      return [message, act("unseal", t("room_unseal"), "seal", "primary", goTo("unseal"))];
    case "unsealed":
      return [message, act("start", t("room_start"), "bell", "primary",
        ask(t("room_start"), {
          text: t("start_text"),
          facts: [
            [t("count_expected"), String(counts.expected)],
            [t("count_waiting"), String(counts.waiting)],
            [t("count_not_arrived"), String(counts.not_arrived)],
          ],
          send: () => post(api("start")) }))];
    case "running":
      return [
        message,
        incident,
        act("grant", t("room_grant"), "plus", "plain",
          ask(t("room_grant"), {
            text: t("room_grant_text"), seconds: 300, second: "if_asked",
            reason: [t("reason_power"), t("reason_network"), t("reason_server")],
            send: (given) => post(api("grant"),
              { seconds: given.seconds, reason: given.reason, second: given.second }) })),
        sitting.paused
          ? act("resume", t("room_resume"), "play", "primary",
              ask(t("room_resume"), { text: t("room_resume_text"), reason: [t("reason_repaired")],
                send: ({ reason }) => post(api("resume"), { reason }) }))
          : act("pause", t("room_pause"), "pause", "danger",
              ask(t("room_pause"), { text: t("room_pause_text"), danger: true,
                reason: [t("reason_power"), t("reason_network"), t("reason_emergency")],
                send: ({ reason }) => post(api("pause"), { reason }) })),
        close,
      ];
    case "closed":
    case "scored":
    case "released":
      return [act("results", t("room_results"), "list", "primary", goTo("results"))];
    default:
      return [];
  }
}

/** Is everyone accounted for: expected = handed in + absent + the rest. */
export function reckoning(shown: Shown): [string, string][] {
  const { counts } = shown.rest;
  const rest = counts.expected - counts.submitted - counts.absent;
  return [
    [t("count_expected"), String(counts.expected)],
    [t("count_submitted"), String(counts.submitted)],
    [t("count_absent"), String(counts.absent)],
    [t("unaccounted"), String(rest)],
  ];
}
