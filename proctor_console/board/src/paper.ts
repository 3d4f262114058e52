// Printing: the server tells how far it is, line by line, and then sends the file.

import "../styles/console.css";
import { byId, say } from "./dom";
import { postStream, refused, Refused, type Problem } from "./net";
import { t } from "./words";

interface Step {
  done?: number;
  of?: number;
  file?: string;
  type?: string;
  bytes?: number;
  problem?: Problem;
}

const NEWLINE = 10;
const form = byId<HTMLFormElement>("paper");
const bar = byId("paper-progress");
const told = byId("paper-told");
const problem = byId("paper-problem");
const stop = byId<HTMLButtonElement>("paper-stop");
const submit = form.querySelector<HTMLButtonElement>("button[type=submit]");

function field(name: string): HTMLSelectElement | HTMLInputElement {
  return form.elements.namedItem(name) as HTMLSelectElement | HTMLInputElement;
}

/** Only what the chosen document can be is offered. */
function offer(): void {
  const chosen = form.querySelector<HTMLInputElement>("input[name=document]:checked");
  if (!chosen) return;
  const by = field("by") as HTMLSelectElement;
  const may = (chosen.dataset["by"] ?? "").split(" ");
  for (const option of by.options) option.disabled = !may.includes(option.value);
  if (!may.includes(by.value)) by.value = may[0] ?? "";
  const ofRoom = may.length === 1 && may[0] === "room";
  const listed = Boolean(chosen.dataset["listed"]);
  field("format").disabled = !listed;
  if (!listed) field("format").value = "pdf";
  field("ticket").disabled = !chosen.dataset["alone"];
  field("sitting").disabled = !may.includes("room");
  for (const name of ["unit", "county"]) field(name).disabled = ofRoom;
  field("form").disabled = chosen.value !== "roster";
}

function wanted(): Record<string, unknown> {
  const data = new FormData(form); // what is disabled is not in it
  return {
    ...Object.fromEntries([...data].filter(([name]) => name !== "boxes")),
    exam: form.dataset["exam"],
    boxes: data.has("boxes"),
  };
}

/** The bytes up to the next newline, read as JSON; the rest stays in `held`. */
class Lines {
  private held = new Uint8Array(0);
  constructor(private readonly source: ReadableStreamDefaultReader<Uint8Array>) {}

  async next(): Promise<Step> {
    for (;;) {
      const end = this.held.indexOf(NEWLINE);
      if (end >= 0) {
        const line = new TextDecoder().decode(this.held.subarray(0, end));
        this.held = this.held.slice(end + 1);
        return JSON.parse(line) as Step;
      }
      const { value, done } = await this.source.read();
      if (done) throw new Refused("no_answer", t("no_answer"));
      const joined = new Uint8Array(this.held.length + value.length);
      joined.set(this.held);
      joined.set(value, this.held.length);
      this.held = joined;
    }
  }

  /** What follows the last line; as long as was promised, or the connection broke. */
  async rest(bytes: number, type: string): Promise<Blob> {
    const parts: Uint8Array[] = [this.held];
    for (;;) {
      const { value, done } = await this.source.read();
      if (done) break;
      parts.push(value);
    }
    const file = new Blob(parts as BlobPart[], { type });
    if (file.size !== bytes) throw new Refused("no_answer", t("no_answer"));
    return file;
  }
}

function progress(step: Step): void {
  const of = step.of ?? 0;
  const percent = of ? Math.floor((100 * (step.done ?? 0)) / of) : 0;
  const meter = bar.querySelector("progress");
  if (meter) meter.value = percent;
  say(told, t("print_progress", { percent, done: step.done ?? 0, of }));
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function print(leave: AbortSignal): Promise<void> {
  const lines = new Lines(await postStream("/console/api/paper/print", wanted(), leave));
  for (;;) {
    const step = await lines.next();
    if (step.problem) throw refused(step.problem);
    if (step.file) {
      const file = await lines.rest(step.bytes ?? 0, step.type ?? "");
      save(file, step.file);
      say(told, t("print_done", { file: step.file }));
      return;
    }
    progress(step);
  }
}

async function run(): Promise<void> {
  const leave = new AbortController();
  stop.onclick = () => leave.abort();
  if (submit) submit.disabled = true;
  stop.hidden = bar.hidden = false;
  say(problem, "");
  try {
    await print(leave.signal);
  } catch (error) {
    bar.hidden = true;
    if (leave.signal.aborted) say(problem, t("print_stopped"));
    else if (error instanceof Refused) say(problem, error.message);
    else throw error;
  } finally {
    stop.hidden = true;
    if (submit) submit.disabled = false;
  }
}

form.addEventListener("change", offer);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void run();
});
offer();
