/** Between two subjects: the first is in, the next starts by itself or at once. */

import { currentAttempt, previousAttempt, subjectOf } from "../core/app";
import { Banners } from "./Banners";
import { useApp, useHeadingFocus, useTerminal, useTick } from "./context";
import { Header } from "./Header";
import { Icon } from "./Icon";
import { type Key, problemText, subjectName, useLanguage, useWords } from "./words";

const CAUSE: Record<string, Key> = { time: "between.time", proctor: "between.proctor" };

export function BetweenScreen() {
  useTick();
  const terminal = useTerminal();
  const { me, state, busy, problem, late } = useApp();
  const words = useWords();
  const language = useLanguage();
  const heading = useHeadingFocus();
  const before = previousAttempt(state);
  const done = subjectOf(me, before?.id ?? null);
  const next = subjectOf(me, currentAttempt(state)?.id ?? null);
  const seconds = terminal.day.secondsToNext();
  const paused = state?.sitting.paused ?? false;
  const cause = before?.cause ? CAUSE[before.cause] : undefined;
  if (!next) return <div />;
  return (
    <div class="page">
      <Header />
      <Banners />
      <main class="page-body between" data-test="between">
        <p class="between-done" role="status">
          <span class="tick"><Icon name="check" size={20} /></span>
          <b>{words(before?.state === "submitted" ? "between.done" : "between.missed", { subject: subjectName(done, language) })}</b>
          {cause && <span>{words(cause)}</span>}
        </p>
        <h1 ref={heading} tabIndex={-1}>{words("between.next", { n: next.ordinal, subject: subjectName(next, language) })}</h1>
        <p class="lead">{words("between.terms", { count: next.count, minutes: next.minutes })}</p>
        {!paused && seconds !== null && (
          <>
            <p class="big-number" role="timer" aria-live="off">{seconds}</p>
            <p class="waiting-auto">{words("between.auto")}</p>
          </>
        )}
        {late > 0 && <p class="lead" data-test="late">{words("late.kept", { n: late })}</p>}
        {paused && <p class="still-text">{words("between.paused")}</p>}
      </main>
      <footer class="foot">
        <p class="foot-hint">
          <Icon name="hand" size={28} />
          <span>{problem ? problemText(problem, language) : words("between.stay")}</span>
        </p>
        <button type="button" class="primary wide" data-test="start-next" disabled={busy || paused} onClick={() => terminal.day.startNext()}>
          {words(busy ? "between.starting" : "between.start")}
          <Icon name="right" size={28} />
        </button>
      </footer>
    </div>
  );
}
