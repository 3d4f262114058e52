/** The score of the day, provisional, with the receipt that proves the answers whole. */

import { useEffect, useState } from "preact/hooks";
import { shortHead } from "../core/heads";
import type { Result } from "../core/types";
import { Banners } from "./Banners";
import { useApp, useHeadingFocus } from "./context";
import { Header } from "./Header";
import { Icon } from "./Icon";
import { type Key, subjectName, timeOfDay, useLanguage, useWords } from "./words";

const LONG_WAIT_MS = 20_000;

export function ScoreScreen() {
  const { state, me } = useApp();
  const result = state?.result ?? null;
  const words = useWords();
  const subjects = me?.block.length ?? 1;
  const done: Key = subjects === 1 ? "score.one_done" : subjects === 2 ? "score.both_done" : "score.all_done";
  return (
    <div class="page">
      <Header>
        <span class="all-done"><Icon name="check" size={26} />{words(done)}</span>
      </Header>
      <Banners />
      {result ? <Score result={result} /> : <Waiting />}
      <footer class="foot-navy"><p>{words("score.stay")}</p></footer>
    </div>
  );
}

function Waiting() {
  const words = useWords();
  const heading = useHeadingFocus();
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_WAIT_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main class="page-body still" data-test="score-waiting">
      <span class="still-sign done"><Icon name="check" size={72} /></span>
      <h1 ref={heading} tabIndex={-1}>{words("score.wait_title")}</h1>
      <p class="still-text" role="status">{words("score.wait")}</p>
      {long && <p class="lead">{words("score.wait_long")}</p>}
    </main>
  );
}

function Score({ result }: { result: Result }) {
  const heading = useHeadingFocus();
  const words = useWords();
  const several = result.subjects.length > 1;
  const number = words(`number.${Math.min(4, result.subjects.length)}` as Key);
  return (
    <main class="page-body score" data-test="score">
      <div class="score-main">
        <h1 ref={heading} tabIndex={-1}>
          {result.sum === null
            ? words("score.title_plain")
            : several ? words("score.sum_title", { n: number }) : words("score.one_title")}
        </h1>
        {result.sum !== null && (
          <p class="score-sum">
            <b data-test="score-sum">{result.sum}</b>
            <span>{words("score.full", { full: result.full ?? "" })}</span>
          </p>
        )}
        <SubjectScores result={result} />
      </div>
      <ScoreSide result={result} />
    </main>
  );
}

const CAUSE: Record<string, Key> = { time: "score.by_time", proctor: "score.by_proctor" };

function SubjectScores({ result }: { result: Result }) {
  const { me } = useApp();
  const words = useWords();
  const language = useLanguage();
  return (
    <ul class="score-subjects">
      {result.subjects.map((one) => {
        const cause = one.cause ? CAUSE[one.cause] : undefined;
        return (
          <li key={one.ordinal} data-test={`score-subject-${one.ordinal}`}>
            <span>{words("subject.nth", { n: one.ordinal })}</span>
            <b>{subjectName(me?.block.find((two) => two.ordinal === one.ordinal) ?? null, language) || one.name}</b>
            <span>
              {one.submitted_ms === null ? words("score.none") : words("score.at", { time: timeOfDay(one.submitted_ms) })}
              {cause && <small>{words(cause)}</small>}
            </span>
            <span class="score-points">
              <b>{one.points ?? "—"}</b> {words("score.points")}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function ScoreSide({ result }: { result: Result }) {
  const { me, late, sittingHead } = useApp();
  const words = useWords();
  const mode = me?.mode ?? "formal";
  return (
    <aside class="score-side">
      <div class="score-note">
        <h2>{words("score.provisional")}</h2>
        {mode === "formal" ? (
          <p>
            {words("score.line")}
            {result.publish_days !== null && words("score.days", { n: result.publish_days })}
          </p>
        ) : (
          <p>{words("score.practice", { mode: words(mode === "trial" ? "mode.trial" : "mode.practice") })}</p>
        )}
      </div>
      <div class="receipt">
        <h2>{words("score.receipt")}</h2>
        <p class="digest" data-test="receipt">{result.receipt}</p>
        <p>{words("score.receipt_text")}</p>
        {sittingHead && (
          <p class="room-record" data-test="sitting-head">
            {words("score.head", { n: sittingHead.seq })} <b>{shortHead(sittingHead)}</b>
          </p>
        )}
        {late > 0 && <p class="late" data-test="late">{words("late.kept", { n: late })}</p>}
      </div>
    </aside>
  );
}
