/** The countdown, and the moment in which the paper opens by itself. */

import { useMemo } from "preact/hooks";
import { currentAttempt, subjectOf } from "../core/app";
import { clockFace } from "../core/timer";
import { Banners } from "./Banners";
import { useApp, useHeadingFocus, useTick } from "./context";
import { Header } from "./Header";
import { Icon } from "./Icon";
import { MoreBelow, useOverflow } from "./overflow";
import { RuleList } from "./RulesScreen";
import { subjectName, timeOfDay, useLanguage, useWords } from "./words";

export function WaitingScreen() {
  const { me, state } = useApp();
  const words = useWords();
  const heading = useHeadingFocus();
  const subject = subjectName(subjectOf(me, currentAttempt(state)?.id ?? null), useLanguage());
  const left = useBellCountdown();
  const soon = left <= 0;
  return (
    <div class="page">
      <Header />
      <Banners />
      <div class="waiting">
        <main class="waiting-main" data-test="waiting">
          <h1 ref={heading} tabIndex={-1} class="waiting-lead">{words(soon ? "waiting.soon" : "waiting.until", { subject })}</h1>
          <p class="big-number" role="timer" aria-live="off" data-test="bell-in">{clockFace(left)}</p>
          <p class="waiting-auto">{words("waiting.auto")}</p>
          <p class="lead">{words("waiting.clock", { time: timeOfDay(state?.sitting.planned_start_ms ?? 0) })}</p>
          <Checks />
        </main>
        <Rules />
      </div>
    </div>
  );
}

function Rules() {
  const words = useWords();
  const { box, more } = useOverflow();
  return (
    <aside class="waiting-rules" ref={box} tabIndex={0} aria-label={words("rules.title")}>
      <h2>{words("rules.title")}</h2>
      <RuleList />
      {more && <MoreBelow box={box} />}
    </aside>
  );
}

/** Milliseconds to the planned start, between two words of the server by the own clock. */
function useBellCountdown(): number {
  useTick();
  const { state } = useApp();
  const end = useMemo(() => performance.now() + (state?.sitting.bell_in_ms ?? 0), [state]);
  return Math.max(0, end - performance.now());
}

function Checks() {
  const { staging } = useApp();
  const words = useWords();
  const ready = staging === "ready";
  return (
    <ul class="checks">
      <li class="done"><Tick />{words("waiting.identity")}</li>
      <li class="done"><Tick />{words("waiting.rules")}</li>
      <li class={ready ? "done last" : "last"} data-test="staged" data-state={staging}>
        {ready ? <Tick /> : <Icon name="clock" size={28} />}
        {words(ready ? "waiting.ready" : staging === "failed" ? "waiting.not_staged" : "waiting.staging")}
      </li>
    </ul>
  );
}

function Tick() {
  return <span class="tick"><Icon name="check" size={20} /></span>;
}

export function OpeningScreen() {
  const { openFailed } = useApp();
  const words = useWords();
  const heading = useHeadingFocus();
  return (
    <div class="page">
      <Header />
      <Banners />
      <main class="page-body still" data-test="opening">
        <span class={openFailed ? "still-sign red" : "still-sign"}>
          <Icon name={openFailed ? "warning" : "clock"} size={72} />
        </span>
        <h1 ref={heading} tabIndex={-1}>{words(openFailed ? "opening.failed_title" : "opening.title")}</h1>
        <p class="still-text" role="status">{words(openFailed ? "opening.failed" : "opening.wait")}</p>
        {openFailed && <p class="lead">{words("opening.failed_time")}</p>}
      </main>
    </div>
  );
}
