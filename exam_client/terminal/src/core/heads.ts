/**
 * The signed head of the sitting's record, kept on this machine.
 *
 * Whoever alters the record later would have to alter what lies here, on every machine of the
 * room, as well. It stays after the candidate has left, and only ever moves forward.
 */

import type { Core } from "./core";
import type { SignedHead } from "./types";

const PREFIX = "head:";
const GROUP = /.{4}(?=.)/g;
const SHORT_DIGITS = 16;

export async function keepHead(core: Core, head: SignedHead | null): Promise<void> {
  const held = core.store.get().sittingHead;
  if (!head || (held && held.sitting === head.sitting && held.seq >= head.seq)) return;
  core.store.set({ sittingHead: head });
  await core.shelf.setNote(PREFIX + head.sitting, head).catch(() => undefined);
}

/** `7F3A 91C2 5D08 E6B4`, as the console and the room sheet show it. */
export function shortHead(head: SignedHead): string {
  return head.digest.slice(0, SHORT_DIGITS).toUpperCase().replace(GROUP, "$& ");
}
