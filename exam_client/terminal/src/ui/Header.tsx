/** The head of every page after the login: the seat, who sits there, what is going on. */

import type { ComponentChildren } from "preact";
import { subjectOf } from "../core/app";
import { clockFace } from "../core/timer";
import { useApp, useTerminal, useTick } from "./context";
import { subjectName, useLanguage, useWords } from "./words";

export function SeatSign() {
  const { me, seat } = useApp();
  const words = useWords();
  return (
    <div class="seat-sign">
      <span>{words("place.seat")}</span>
      <b>{me?.seat ?? seat?.seat}</b>
    </div>
  );
}

export function LanguageButton() {
  const terminal = useTerminal();
  const { preferences } = useApp();
  const words = useWords();
  const other = preferences.language === "zh" ? "en" : "zh";
  return (
    <button
      type="button"
      class="tool language"
      data-test="language"
      aria-label={words("language.label")}
      onClick={() => terminal.prefer({ language: other })}
    >
      {words("language.short")}
    </button>
  );
}

/** Name and trade. `subject` instead of the trade while a paper is in hand. */
export function WhoLine({ subject }: { subject?: boolean }) {
  const { me, attempt } = useApp();
  const words = useWords();
  const language = useLanguage();
  if (!me) return null;
  const current = subject ? subjectOf(me, attempt) : null;
  return (
    <div class="who">
      <b lang="zh-CN">{me.name}</b>
      {current ? (
        <span>{words("subject.nth", { n: current.ordinal })} {subjectName(current, language)}</span>
      ) : (
        <span lang="zh-CN">{me.trade} · {me.level_name}</span>
      )}
    </div>
  );
}

export function PlaceLine() {
  const { place, me } = useApp();
  const words = useWords();
  const room = me?.room ?? place?.room ?? "";
  const date = place?.sitting?.date_label;
  return (
    <span class="place" lang="zh-CN">
      {words("place.room", { room })}
      {date ? ` · ${date}` : ""}
    </span>
  );
}

export function Header({ who = true, subject = false, children }: {
  who?: boolean;
  subject?: boolean;
  children?: ComponentChildren;
}) {
  return (
    <header class="top">
      <SeatSign />
      {who && <WhoLine subject={subject} />}
      <div class="top-right">
        {children ?? <PlaceLine />}
        <LanguageButton />
      </div>
    </header>
  );
}

/** The time left of the subject in hand; 约 until the server has spoken. */
export function TimeLeft() {
  useTick();
  const terminal = useTerminal();
  const { attempt } = useApp();
  const words = useWords();
  if (!attempt) return null;
  const clock = terminal.answering.clock(attempt);
  const left = clock.left();
  return (
    <div class="time-left" role="timer" aria-live="off" data-test="time-left" data-left-ms={left}>
      <span>{words(clock.estimated ? "time.about" : "time.left")}</span>
      <b>{clockFace(left)}</b>
    </div>
  );
}
