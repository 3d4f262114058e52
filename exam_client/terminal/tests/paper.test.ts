import { gcm } from "@noble/ciphers/aes.js";
import { describe, expect, test } from "vitest";
import { choose, decrypt, layOut, openPaper, stemParts } from "../src/core/paper";
import type { Stage } from "../src/core/types";

const KEY = new Uint8Array(32).fill(7);
const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

function seal(content: unknown, formId: string, key = KEY): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(content));
  const plain = new Uint8Array(64 * 1024);
  new DataView(plain.buffer).setUint32(0, json.length, false);
  plain.set(json, 4);
  const nonce = new Uint8Array(12).fill(3);
  const sealed = gcm(key, nonce, new TextEncoder().encode(formId)).encrypt(plain);
  return Uint8Array.from([...nonce, ...sealed]);
}

const CONTENT = {
  form_id: "f1",
  items: {
    i1: { stem: "驾驶员应当（　　）。", options: ["甲", "乙", "丙", "丁"] },
    i2: { stem: "雾天行车应当开启雾灯。", options: ["对", "错"] },
  },
};

const STAGE: Stage = {
  attempt_id: "a1",
  ordinal: 1,
  form_id: "f1",
  blob: "00",
  blob_bytes: 0,
  shape: {
    sections: [
      { type: "single", points: "1", items: [{ id: "i1", options: 4, fixed: "" }] },
      { type: "true_false", points: "0.5", items: [{ id: "i2", options: 2, fixed: "" }] },
    ],
  },
  order: { items: ["i1", "i2"], options: { i1: "cabd", i2: "ab" } },
  headings: [{ type: "single", title: "单选题", rule: "", title_en: "Single" }],
};

describe("opening a sealed form", () => {
  test("gives the paper in this candidate's order, responses in canonical letters", () => {
    const paper = openPaper(STAGE, seal(CONTENT, "f1"), base64(KEY));
    expect(paper.items.map((one) => [one.number, one.id, one.type])).toEqual([
      [1, "i1", "single"],
      [2, "i2", "true_false"],
    ]);
    const shown = paper.items[0]?.options.map((one) => `${one.label}${one.letter}${one.text}`);
    expect(shown).toEqual(["Ac丙", "Ba甲", "Cb乙", "Dd丁"]);
    expect(paper.sections[0]?.heading?.title).toBe("单选题");
    expect(paper.sections[1]?.points).toBe("0.5");
  });

  test("a wrong key, an altered byte and another form's id are all refused", () => {
    const sealed = seal(CONTENT, "f1");
    expect(() => decrypt(sealed, new Uint8Array(32), "f1")).toThrow();
    expect(() => decrypt(sealed, KEY, "f2")).toThrow();
    const altered = sealed.slice();
    altered[100] = (altered[100] ?? 0) ^ 1;
    expect(() => decrypt(altered, KEY, "f1")).toThrow();
    expect(() => decrypt(seal(CONTENT, "f9"), KEY, "f9")).toThrow("another form");
  });

  test("an item missing from the content is an error, not a gap", () => {
    const lacking = { i1: CONTENT.items.i1 };
    expect(() => layOut(STAGE, lacking)).toThrow("i2");
  });
});

describe("figures in a stem", () => {
  const figure = { name: "a.png", url: "data:,", alt: "路口" };
  test("stand at their place, without the blank lines around it", () => {
    expect(stemParts("如图：\n![](a.png)\n应当（　　）。", [figure])).toEqual([
      { text: "如图：" },
      { figure },
      { text: "应当（　　）。" },
    ]);
  });

  test("not mentioned stand below; an unknown name stays as text", () => {
    expect(stemParts("看图。", [figure])).toEqual([{ text: "看图。" }, { figure }]);
    expect(stemParts("![x](b.png)", [])).toEqual([{ text: "![x](b.png)" }]);
  });
});

describe("choosing", () => {
  test("one answer replaces the other; several toggle and stay sorted", () => {
    expect(choose("single", "a", "c")).toBe("c");
    expect(choose("true_false", "", "b")).toBe("b");
    expect(choose("multiple", "ad", "b")).toBe("abd");
    expect(choose("multiple", "abd", "b")).toBe("ad");
    expect(choose("multiple", "a", "a")).toBe("");
  });
});
