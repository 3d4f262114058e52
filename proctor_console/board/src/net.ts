// Requests to the console's JSON interface. Every write carries the login's CSRF token.

import { language, t } from "./words";

/** A refusal of the server, or the lack of an answer, as a sentence for people. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    text: string,
    readonly facts: Record<string, unknown> = {},
  ) {
    super(text);
  }
}

export interface Problem {
  type: string;
  title: string;
  title_en: string;
  status: number;
  facts: Record<string, unknown>;
  rows?: { row: number; column: string; text?: string; text_en?: string }[];
}

const ROWS_SHOWN = 8;
const WAIT_MS = 15_000;
export const LONG_WAIT_MS = 120_000;
const csrf = document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "";

/** A problem as a Refused; a lost login leads to the login page. */
export function refused(problem: Problem): Refused {
  if (problem.type === "not_logged_in") toLogin();
  const text = language === "en" ? problem.title_en : problem.title;
  return new Refused(problem.type, text + places(problem.rows ?? []), problem.facts);
}

/** The places a refusal is about with what is wrong there, as far as they fit. */
function places(rows: NonNullable<Problem["rows"]>): string {
  const all = [...new Set(rows.map(({ row, column, text, text_en }) => {
    const told = language === "en" ? text_en : text;
    return told ? `${t("cell", { row, column })}${told}` : `${row} ${column}`;
  }))];
  const shown = all.slice(0, ROWS_SHOWN);
  if (all.length > ROWS_SHOWN) shown.push("…");
  return shown.length > 0 ? ` ${shown.join("；")}` : "";
}

function toLogin(): void {
  const back = encodeURIComponent(location.pathname + location.search);
  location.assign(`/console/login?next=${back}`);
}

async function request<T>(path: string, options: RequestInit, waitMs = WAIT_MS): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), waitMs);
  let response: Response;
  try {
    response = await fetch(path, { ...options, signal: stop.signal, credentials: "same-origin" });
  } catch {
    throw new Refused("no_answer", t("no_answer"));
  } finally {
    clearTimeout(timer);
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  if (body && typeof body === "object" && "type" in body) throw refused(body as Problem);
  throw new Refused("no_answer", t("server_trouble"));
}

/** How far a long work is. */
export interface Progress {
  done?: number;
  of?: number;
}

/** A long work that the server tells line by line; a problem among the lines is thrown. */
export async function* told(path: string, body: unknown): AsyncGenerator<Progress> {
  let response: Response;
  try {
    response = await fetch(path, { method: "POST", credentials: "same-origin", body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf } });
  } catch {
    throw new Refused("no_answer", t("no_answer"));
  }
  if (!response.ok || !response.body) {
    const problem: unknown = await response.json().catch(() => null);
    if (problem && typeof problem === "object" && "type" in problem) throw refused(problem as Problem);
    throw new Refused("no_answer", t("server_trouble"));
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const one = JSON.parse(line) as Progress & Partial<Problem>;
      if (one.type !== undefined) throw refused(one as Problem);
      yield one;
    }
    if (done) return;
  }
}

export function get<T>(path: string): Promise<T> {
  return request<T>(path, { method: "GET", headers: { Accept: "application/json" } });
}

export function post<T = unknown>(path: string, body: unknown = {}, waitMs = WAIT_MS): Promise<T> {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
  return request<T>(path, { method: "POST", headers, body: JSON.stringify(body) }, waitMs);
}

/** A form with its files; the browser says what kind of body it is. */
export function upload<T>(path: string, form: FormData): Promise<T> {
  return request<T>(path, { method: "POST", headers: { "X-CSRF-Token": csrf }, body: form }, LONG_WAIT_MS);
}

/** A long answer, read as it comes; a refusal as for any other request. */
export async function postStream(
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
    signal,
    credentials: "same-origin",
  }).catch(() => { throw new Refused("no_answer", t("no_answer")); });
  if (response.ok && response.body) return response.body.getReader();
  const told: unknown = await response.json().catch(() => null);
  if (told && typeof told === "object" && "type" in told) throw refused(told as Problem);
  throw new Refused("no_answer", t("server_trouble"));
}

/** A file as it is, as the whole body. */
export function send<T>(path: string, file: Blob): Promise<T> {
  return request<T>(path, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream", "X-CSRF-Token": csrf },
    body: file,
  });
}
