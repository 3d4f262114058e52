/** All words of the terminal, from one file; Chinese first, English second. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import words from "../../words.json";
import type { Language } from "../core/machine";
import type { BlockSubject, Problem } from "../core/types";

export type Key = keyof typeof words;
export type Facts = Record<string, string | number>;
export type Say = (key: Key, facts?: Facts) => string;

export function say(language: Language, key: Key, facts: Facts = {}): string {
  return words[key][language].replace(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole));
}

export const LanguageContext = createContext<Language>("zh");

export function useLanguage(): Language {
  return useContext(LanguageContext);
}

export function useWords(): Say {
  const language = useLanguage();
  return (key, facts) => say(language, key, facts);
}

export const HTML_LANG: Record<Language, string> = { zh: "zh-CN", en: "en" };

/** The server's own sentence in the language shown. */
export function problemText(problem: Problem, language: Language): string {
  return language === "en" ? problem.title_en || problem.title : problem.title;
}

/** A subject's name in the language shown; papers themselves are in Chinese. */
export function subjectName(subject: BlockSubject | null, language: Language): string {
  return (language === "en" ? subject?.name_en : undefined) ?? subject?.name ?? "";
}

const CHINA_MS = 8 * 3_600_000; // one zone for the whole country, no summer time

/** A wall time as `9:00` in China, whatever zone this machine is set to; for reading only. */
export function timeOfDay(ms: number): string {
  const china = new Date(ms + CHINA_MS);
  return `${china.getUTCHours()}:${String(china.getUTCMinutes()).padStart(2, "0")}`;
}
