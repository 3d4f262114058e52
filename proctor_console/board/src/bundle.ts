// The query page without a server: a person's two numbers open that person's file, here in the
// browser. Both numbers stay here; what is asked for is a name that nobody can turn back.
// The same derivation as exam_server/results/bundle.py.

import "../styles/console.css";
import { gcm } from "@noble/ciphers/aes.js";
import { scryptAsync } from "@noble/hashes/scrypt.js";

const FORMAT = "kaochang/results-bundle/1";
const KEY_BYTES = 32;
const NAME_BYTES = 16;
const NONCE_BYTES = 12;

interface Head {
  format: string;
  work: number;
  salt: string;
}

interface Line {
  name: string;
  name_en: string;
  points: string | null;
  full: string | null;
  state: string;
}

interface Transcript {
  [field: string]: unknown;
  lines: Line[];
  sum: string | null;
  full: string;
  line: string | null;
  status: string;
  result: string;
  result_en: string;
  trade: string;
  level: string;
  office: string;
  released_on: string;
  valid_until: string | null;
}

const at = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const english = document.documentElement.lang === "en";

function word(name: string, facts: Record<string, string> = {}): string {
  const text = at("words").dataset[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => facts[key] ?? whole);
}

const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Both numbers as they are compared: full width, blanks, dashes and a small x make no difference. */
function secretOf(number: string, ticket: string): Uint8Array {
  const plain = number.normalize("NFKC").toUpperCase().replace(/[^0-9A-Z]/g, "");
  return new TextEncoder().encode(`${plain}\n${ticket.normalize("NFKC").replace(/\s/g, "")}`);
}

/** The person's transcript; null when these numbers open nothing. */
async function find(number: string, ticket: string): Promise<Transcript | null> {
  const head = (await (await load("bundle.json")).json()) as Head;
  const derived = await scryptAsync(secretOf(number, ticket), fromHex(head.salt), {
    N: 2 ** head.work,
    r: 8,
    p: 1,
    dkLen: KEY_BYTES + NAME_BYTES,
    maxmem: 2 ** (head.work + 11),
    onProgress: (done) => {
      at("wait").textContent = word("wait", { n: String(Math.floor(done * 100)) });
    },
  });
  const name = toHex(derived.subarray(KEY_BYTES));
  const answer = await load(`r/${name.slice(0, 2)}/${name}.bin`, true);
  if (answer.status === 404) return null;
  const sealed = new Uint8Array(await answer.arrayBuffer());
  const cipher = gcm(
    derived.subarray(0, KEY_BYTES),
    sealed.subarray(0, NONCE_BYTES),
    new TextEncoder().encode(FORMAT),
  );
  try {
    const plain = cipher.decrypt(sealed.subarray(NONCE_BYTES));
    return JSON.parse(new TextDecoder().decode(plain)) as Transcript;
  } catch {
    return null; // a site that answers everything with some page
  }
}

async function load(address: string, mayMiss = false): Promise<Response> {
  const answer = await fetch(address, { cache: "no-cache", credentials: "omit" });
  if (!answer.ok && !(mayMiss && answer.status === 404)) throw new Error(String(answer.status));
  return answer;
}

function row(name: string, shown: string, beside: string, kind = ""): HTMLElement {
  const line = document.createElement("div");
  if (kind) line.className = kind;
  const term = document.createElement("dt");
  const said = document.createElement("dd");
  const strong = document.createElement("b");
  term.textContent = name;
  strong.textContent = shown;
  said.append(strong);
  if (beside) {
    const small = document.createElement("span");
    small.textContent = ` ${beside}`;
    said.append(small);
  }
  line.append(term, said);
  return line;
}

function pointsOf(found: Transcript): HTMLElement[] {
  const lines = found.lines.map((line) =>
    row(
      english ? line.name_en : line.name,
      line.points ?? word(line.state || "missing"),
      line.points !== null && line.full !== null ? word("full", { full: line.full }) : "",
    ),
  );
  if (found.sum !== null)
    lines.push(row(word("sum"), found.sum, word("full", { full: found.full }), "is-sum"));
  if (found.line !== null) lines.push(row(word("line"), found.line, ""));
  return lines;
}

function show(found: Transcript): void {
  const told: Transcript = {
    ...found,
    trade: `${found.trade} ${found.level}`,
    released_on: `${found.released_on} ${found.office}`,
  };
  for (const place of document.querySelectorAll<HTMLElement>("[data-fill]")) {
    const value = told[place.dataset.fill ?? ""];
    if (value === null && place.parentElement) place.parentElement.hidden = true;
    else place.textContent = String(value);
  }
  const result = at("result");
  result.textContent = english ? found.result_en : found.result;
  result.classList.add(`is-${found.status}`);
  at("points").replaceChildren(...pointsOf(found));
  at("asking").hidden = true;
  at("found").hidden = false;
  at("main").focus();
}

async function ask(): Promise<void> {
  const button = at("form").querySelector("button");
  if (button) button.disabled = true;
  at("problem").textContent = "";
  try {
    const found = await find(
      at<HTMLInputElement>("number").value,
      at<HTMLInputElement>("ticket").value,
    );
    if (found) show(found);
    else at("problem").textContent = word("nothing");
  } catch {
    at("problem").textContent = word("failed");
  } finally {
    at("wait").textContent = "";
    if (button) button.disabled = false;
  }
}

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  void ask();
});
at("print").addEventListener("click", () => window.print());
