/**
 * 答案文件: what this machine cannot send, as a file for staff to carry. Sealed with the key that
 * the server gave at the login: nobody on the way reads or changes it.
 */

import { gcm } from "@noble/ciphers/aes.js";
import type { WireResponse } from "./types";

const FORMAT = "kaochang-outbox/1";
const NONCE_BYTES = 12;

export interface Origin {
  candidate: string;
  attempt: string;
  terminal: string;
  fence: number;
}

/** The text of the file. `nonce`: never the same twice under one key. */
export function answersFile(
  origin: Origin,
  responses: readonly WireResponse[],
  carryKey: string,
  nonce: Uint8Array = crypto.getRandomValues(new Uint8Array(NONCE_BYTES)),
): string {
  const head = { format: FORMAT, ...pick(origin) };
  const named = new TextEncoder().encode(Object.values(head).join("\n"));
  const plain = new TextEncoder().encode(JSON.stringify({ responses }));
  const sealed = gcm(bytesOf(carryKey), nonce, named).encrypt(plain);
  return JSON.stringify({ ...head, sealed: textOf(new Uint8Array([...nonce, ...sealed])) });
}

/** Exactly these, in the order in which they are authenticated. */
function pick({ candidate, attempt, terminal, fence }: Origin): Origin {
  return { candidate, attempt, terminal, fence };
}

/** Hands the text to the person as a download. */
export function saveFile(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
}

function textOf(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
