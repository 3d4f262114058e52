/** Two numbers on the keypad; the seat is the loudest thing on the page. */

import { useState } from "preact/hooks";
import { LOGIN_ELSEWHERE } from "../core/asking";
import { emptyEntry, type Entry, type Field, ID_DIGITS, missing, places, press } from "../core/keypad";
import { enterFullScreen } from "../guard";
import { useApp, useHeadingFocus, useKeys, useTerminal } from "./context";
import { Icon } from "./Icon";
import { Keypad } from "./Keypad";
import { type Say, problemText, useLanguage, useWords } from "./words";

const DEFAULT_TICKET_DIGITS = 12;

export function LoginScreen() {
  const terminal = useTerminal();
  const app = useApp();
  const words = useWords();
  const heading = useHeadingFocus();
  const [entry, setEntry] = useState<Entry>(emptyEntry);
  const digits = app.place?.ticket_digits ?? DEFAULT_TICKET_DIGITS;
  const lacking = missing(entry, digits);

  const onKey = (key: string) => {
    terminal.clearProblem();
    setEntry((held) => press(held, key, digits));
  };
  const go = () => {
    if (lacking > 0 || app.busy) return;
    enterFullScreen();
    void terminal.login(entry.ticket, entry.id);
  };
  useKeys((event) => {
    if (/^[0-9xX]$/.test(event.key)) onKey(event.key);
    else if (event.key === "Backspace") onKey("del");
    else if (event.key === "Enter" && !(event.target instanceof HTMLButtonElement)) go();
  });

  return (
    <div class="login">
      <SeatPanel />
      <main class="login-main" data-test="login">
        <p class="login-exam" lang="zh-CN">
          {[app.place?.exam.name, app.place?.sitting?.date_label].filter(Boolean).join(" · ")}
        </p>
        <h1 ref={heading} tabIndex={-1}>{words("login.title")}</h1>
        <div class="login-form">
          <div class="login-fields">
            <NumberField field="ticket" entry={entry} digits={digits} onSelect={() => setEntry({ ...entry, field: "ticket" })} />
            <NumberField field="id" entry={entry} digits={digits} onSelect={() => setEntry({ ...entry, field: "id" })} />
            <button type="button" class="primary login-go" data-test="login-go" disabled={lacking > 0 || app.busy} onClick={go}>
              {goWords(words, app.busy, lacking)}
            </button>
          </div>
          <Keypad onKey={onKey} withX />
        </div>
        <LoginFoot />
      </main>
    </div>
  );
}

function goWords(words: Say, busy: boolean, lacking: number): string {
  if (busy) return words("login.busy");
  return lacking > 0 ? words("login.missing", { n: lacking }) : words("login.go");
}

function SeatPanel() {
  const terminal = useTerminal();
  const { place, seat, preferences } = useApp();
  const words = useWords();
  return (
    <aside class="seat-panel">
      <div class="seat-panel-place" lang="zh-CN">
        <p>{place?.centre ?? ""}</p>
        <p>{words("place.room", { room: seat?.room ?? "" })}</p>
      </div>
      <p class="seat-panel-word">{words("place.seat")}</p>
      <p class="seat-panel-number" data-test="seat-number">{seat?.seat}</p>
      <div class="seat-panel-foot">
        <p>{words("login.differs")}</p>
        <div class="seat-panel-tools">
          <button type="button" class="on-navy" data-test="language" onClick={() => terminal.prefer({ language: preferences.language === "zh" ? "en" : "zh" })}>
            {words("language.other")}
          </button>
          <button type="button" class="on-navy" data-test="change-seat" onClick={() => terminal.changeSeat()}>
            {words("seat.again")}
          </button>
        </div>
      </div>
    </aside>
  );
}

function LoginFoot() {
  const { problem, unreachable, place } = useApp();
  const words = useWords();
  const language = useLanguage();
  if (problem) {
    const seats = problem.type === "login_seat_differs" && "your_seat" in problem.facts;
    const text = seats
      ? words("login.seat_differs", problem.facts as Record<string, number>)
      : problemText(problem, language);
    return <FootLine trouble text={text} />;
  }
  if (unreachable) return <FootLine trouble text={words("login.offline")} />;
  if (place && !place.sitting) return <FootLine text={words("login.none")} />;
  return <FootLine text={words("login.help")} />;
}

function FootLine({ text, trouble = false }: { text: string; trouble?: boolean }) {
  return (
    <div class={trouble ? "login-foot trouble" : "login-foot"} role={trouble ? "alert" : undefined} data-test="login-foot">
      <Icon name={trouble ? "warning" : "hand"} size={28} />
      <p>{text}</p>
    </div>
  );
}

interface FieldProps {
  field: Field;
  entry: Entry;
  digits: number;
  onSelect: () => void;
}

function NumberField({ field, entry, digits, onSelect }: FieldProps) {
  const words = useWords();
  const { busy, unreachable, problem } = useApp();
  // nobody reads it over the shoulder while the machine waits for an answer
  const waiting = busy || unreachable || problem?.type === LOGIN_ELSEWHERE;
  const value = entry[field];
  const total = field === "ticket" ? digits : ID_DIGITS;
  const full = value.length === total;
  const active = entry.field === field;
  const label = words(field === "ticket" ? "login.ticket" : "login.id");
  const progress = full ? words("login.done", { n: total }) : words("login.progress", { n: value.length, total });
  return (
    <div class="number-field">
      <div class="number-label">
        <b>{label}</b>
        <span class={full ? "full" : undefined} aria-live="polite">
          {full && <Icon name="check" size={22} />}
          {progress}
        </span>
      </div>
      <button
        type="button"
        class={active ? "number-box active" : "number-box"}
        data-test={`field-${field}`}
        aria-current={active ? "true" : undefined}
        onClick={onSelect}
      >
        <span class="unseen">{`${label}，${progress}`}</span>
        <Places value={value} field={field} digits={digits} active={active} hidden={!active || waiting} />
      </button>
    </div>
  );
}

/** The places of a number: filled, next, empty; the middle of an ID covered once it is left. */
function Places({ value, field, digits, active, hidden }: {
  value: string;
  field: Field;
  digits: number;
  active: boolean;
  hidden: boolean;
}) {
  let index = 0;
  return (
    <span class={field === "id" ? "places id" : "places"} aria-hidden="true">
      {places(value, field, digits).map((group, at) => (
        <span class="place-group" key={at}>
          {group.map((sign) => {
            const here = index;
            index += 1;
            const next = active && here === value.length;
            const covered = field === "id" && at === 1 && hidden && sign !== "";
            const look = sign !== "" ? "sign" : next ? "sign next" : active ? "sign empty" : "sign";
            return <span class={look} key={here}>{covered ? "•" : sign}</span>;
          })}
        </span>
      ))}
    </span>
  );
}
