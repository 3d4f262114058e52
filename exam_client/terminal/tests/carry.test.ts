import { gcm } from "@noble/ciphers/aes.js";
import { describe, expect, test } from "vitest";
import { answersFile } from "../src/core/carry";

const KEY = btoa(String.fromCharCode(...new Uint8Array(32).fill(7)));
const ORIGIN = { candidate: "c1", attempt: "a1", terminal: "t1", fence: 2 };
const ANSWER = { item: "item-of-the-paper", options: "ac", marked: true, revision: [2, 5] as [number, number], elapsed_ms: 9 };

function bytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
}

describe("the answers file", () => {
  const file = JSON.parse(answersFile({ ...ORIGIN }, [ANSWER], KEY));

  test("names whose it is, and holds the answers sealed", () => {
    expect(file).toMatchObject({ format: "kaochang-outbox/1", ...ORIGIN });
    expect(JSON.stringify(file)).not.toContain(ANSWER.item);
    const sealed = bytes(file.sealed);
    const head = new TextEncoder().encode("kaochang-outbox/1\nc1\na1\nt1\n2");
    const plain = gcm(bytes(KEY), sealed.slice(0, 12), head).decrypt(sealed.slice(12));
    expect(JSON.parse(new TextDecoder().decode(plain))).toEqual({ responses: [ANSWER] });
  });

  test("cannot be passed off as another's", () => {
    const sealed = bytes(file.sealed);
    const head = new TextEncoder().encode("kaochang-outbox/1\nc2\na1\nt1\n2");
    expect(() => gcm(bytes(KEY), sealed.slice(0, 12), head).decrypt(sealed.slice(12))).toThrow();
  });

  test("is never sealed the same way twice", () => {
    expect(JSON.parse(answersFile(ORIGIN, [ANSWER], KEY)).sealed).not.toBe(file.sealed);
  });
});
