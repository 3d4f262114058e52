// The board's words: one JSON, both languages.

import catalogue from "../words.json";

export type Word = keyof typeof catalogue;
type Facts = Record<string, string | number>;

/** The page's language; the server has set it on <html>. */
export const language: "zh" | "en" = document.documentElement.lang === "en" ? "en" : "zh";

/** The text of `key` with its {facts} filled in. */
export function t(key: Word, facts: Facts = {}): string {
  return catalogue[key][language].replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in facts ? String(facts[name]) : whole,
  );
}

/** The text of a key that comes from the server, or nothing if it is unknown here. */
export function known(key: string): string | null {
  return key in catalogue ? t(key as Word) : null;
}
