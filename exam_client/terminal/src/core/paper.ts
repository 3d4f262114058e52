/**
 * From the staged ciphertext to the paper as this candidate sees it (DESIGN §6).
 *
 * Decryption is always @noble/ciphers, on https or not. Responses keep canonical letters; the
 * display letters A, B, … exist only here and on the screen.
 */

import { gcm } from "@noble/ciphers/aes.js";
import type { Heading, ItemType, Stage } from "./types";

export interface Figure {
  name: string;
  url: string;
  alt: string;
}

export interface PaperOption {
  /** What is stored: the canonical letter. */
  letter: string;
  /** What is shown: A, B, … in this candidate's order. */
  label: string;
  text: string;
}

/** A piece of a stem: words, or the place of a figure. */
export type StemPart = { text: string } | { figure: Figure };

export interface PaperItem {
  id: string;
  number: number;
  type: ItemType;
  points: string;
  stem: StemPart[];
  options: PaperOption[];
}

export interface PaperSection {
  type: ItemType;
  points: string;
  heading: Heading | null;
  items: PaperItem[];
}

export interface Paper {
  formId: string;
  sections: PaperSection[];
  items: PaperItem[];
}

interface RawItem {
  stem: string;
  options: string[];
  figures?: { name: string; media_type: string; data: string; alt: string }[];
}

const NONCE_BYTES = 12;
const LENGTH_BYTES = 4;
const IMAGE_TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"];

export function bytesOfBase64(text: string): Uint8Array {
  const binary = atob(text);
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

/** Opens a sealed form; throws when the key is wrong or a byte was altered. */
export function decrypt(sealed: Uint8Array, key: Uint8Array, formId: string): Record<string, RawItem> {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const aad = new TextEncoder().encode(formId);
  const plain = gcm(key, nonce, aad).decrypt(sealed.subarray(NONCE_BYTES));
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(0, false);
  const json = new TextDecoder().decode(plain.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  const content = JSON.parse(json) as { form_id: string; items: Record<string, RawItem> };
  if (content.form_id !== formId) throw new Error("the sealed form is another form");
  return content.items;
}

/** `![alt](name)` marks a figure's place; a figure not mentioned stands below the stem. */
export function stemParts(stem: string, figures: Figure[]): StemPart[] {
  const parts: StemPart[] = [];
  const used = new Set<string>();
  let from = 0;
  for (const match of stem.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)) {
    const figure = figures.find((one) => one.name === match[2]);
    if (!figure) continue;
    const at = match.index ?? 0;
    // A figure stands on its own line; the line break around it in the text is not a blank line.
    const text = stem.slice(from, at).replace(/\n$/, "");
    if (text) parts.push({ text });
    parts.push({ figure: { ...figure, alt: match[1] || figure.alt } });
    used.add(figure.name);
    from = at + match[0].length;
    if (stem[from] === "\n") from += 1;
  }
  if (from < stem.length) parts.push({ text: stem.slice(from) });
  for (const figure of figures) if (!used.has(figure.name)) parts.push({ figure });
  return parts;
}

function figuresOf(raw: RawItem): Figure[] {
  return (raw.figures ?? [])
    .filter((one) => IMAGE_TYPES.includes(one.media_type))
    .map((one) => ({
      name: one.name,
      alt: one.alt,
      url: `data:${one.media_type};base64,${one.data}`,
    }));
}

/** Applies the candidate's order to the opened items. Numbers run through all sections. */
export function layOut(stage: Stage, raw: Record<string, RawItem>): Paper {
  const sectionOf = new Map<string, number>();
  stage.shape.sections.forEach((section, index) => {
    for (const item of section.items) sectionOf.set(item.id, index);
  });
  const sections: PaperSection[] = stage.shape.sections.map((section) => ({
    type: section.type,
    points: section.points,
    heading: stage.headings.find((one) => one.type === section.type) ?? null,
    items: [],
  }));
  const items: PaperItem[] = [];
  for (const id of stage.order.items) {
    const section = sections[sectionOf.get(id) ?? -1];
    const content = raw[id];
    if (!section || !content) throw new Error(`the form lacks item ${id}`);
    const item: PaperItem = {
      id,
      number: items.length + 1,
      type: section.type,
      points: section.points,
      stem: stemParts(content.stem, figuresOf(content)),
      options: optionsOf(stage.order.options[id] ?? "", content.options),
    };
    items.push(item);
    section.items.push(item);
  }
  return { formId: stage.form_id, sections, items };
}

function optionsOf(order: string, texts: string[]): PaperOption[] {
  const letters = order || texts.map((_, index) => String.fromCharCode(97 + index)).join("");
  return Array.from(letters, (letter, index) => ({
    letter,
    label: String.fromCharCode(65 + index),
    text: texts[letter.charCodeAt(0) - 97] ?? "",
  }));
}

export function openPaper(stage: Stage, sealed: Uint8Array, keyBase64: string): Paper {
  return layOut(stage, decrypt(sealed, bytesOfBase64(keyBase64), stage.form_id));
}

/** The response after `letter` was chosen: replaces in single and 对/错, toggles in multiple. */
export function choose(type: ItemType, before: string, letter: string): string {
  if (type !== "multiple") return letter;
  const kept = before.includes(letter) ? before.replace(letter, "") : before + letter;
  return Array.from(kept).sort().join("");
}
