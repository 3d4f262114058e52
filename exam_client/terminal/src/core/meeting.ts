/** What becomes of one item when this machine and the server compare what they hold of it. */

import { type Answer, newer, same } from "./shelf";

/**
 * theirs: what counts on the server is shown and kept here. again: what was chosen here is given a
 * new revision. send: it is sent as it is. evidence: it is sent and then gives way to the server's.
 * leave: nothing, the server has decided about it.
 */
export type Meeting = "theirs" | "again" | "send" | "evidence" | "leave";

export interface Circumstances {
  /** The attempt's present fence. */
  fence: number;
  /** The candidate chose it on this page: nothing that counts from this machine is newer. */
  chosenHere: boolean;
  /** Another answer carries one of this machine's revisions there. */
  collided: boolean;
}

/** `held`: this machine's, unconfirmed before confirmed. `there`: what counts on the server. */
export function meet(held: Answer | undefined, there: Answer | undefined, now: Circumstances): Meeting {
  if (!held || (there && identical(held, there))) return "theirs";
  const overtaken = there !== undefined && newer(there.revision, held.revision);
  if (held.kept === "counted") return overtaken ? "theirs" : "send";
  if (held.kept !== "") return overtaken ? "theirs" : "leave";
  if (overtaken) return now.chosenHere && there.revision[0] === held.revision[0] ? "again" : "evidence";
  return now.collided || held.revision[0] < now.fence ? "again" : "send";
}

function identical(held: Answer, there: Answer): boolean {
  return held.options === there.options && held.marked === there.marked && same(held.revision, there.revision);
}
