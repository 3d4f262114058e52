/** The blanks: what is missing, where it is, and two questions before it is final. */

import type { ComponentChildren } from "preact";
import { type Counts, countsOf, subjectOf } from "../core/app";
import { clockFace } from "../core/timer";
import { Banners } from "./Banners";
import { useApp, useHeadingFocus, useTerminal } from "./context";
import { Header, TimeLeft } from "./Header";
import { Corner, Icon } from "./Icon";
import { cellWords } from "./NumbersPanel";
import { problemText, subjectName, useLanguage, useWords } from "./words";

export function HandInScreen() {
  const app = useApp();
  const counts = countsOf(app.paper, app.answers);
  return (
    <div class="page">
      <Header subject><TimeLeft /></Header>
      <Banners />
      {app.handIn === "again" ? <SecondQuestion counts={counts} /> : <FirstQuestion counts={counts} />}
    </div>
  );
}

function FirstQuestion({ counts }: { counts: Counts }) {
  const { saving, linkUp } = useApp();
  const words = useWords();
  const heading = useHeadingFocus();
  const blanks = counts.blank.length;
  const rest = saving.waiting;
  return (
    <>
      <main class="page-body handin" data-test="handin">
        <h1 ref={heading} tabIndex={-1}>
          {blanks > 0 ? words("submit.blank", { n: blanks }) : words("submit.complete", { n: counts.total })}
        </h1>
        <p class="lead">{words(blanks > 0 ? "submit.jump" : "submit.jump_marked")}</p>
        <ul class="handin-rows">
          <Row look="cell" word={words("state.blank")} count={blanks} list><Numbers numbers={counts.blank} /></Row>
          <Row look="cell marked" word={words("state.marked")} count={counts.marked.length} list><Numbers numbers={counts.marked} /></Row>
          <Row look="cell answered" word={words("state.answered")} count={counts.answered}>
            <span class="handin-saved" data-test="handin-saved">
              {rest === 0 && counts.answered > 0 && <><Icon name="check" size={28} />{words("submit.all_saved")}</>}
              {rest > 0 && words(linkUp ? "submit.pending" : "submit.pending_local", { n: rest })}
            </span>
          </Row>
        </ul>
      </main>
      <FirstFoot />
    </>
  );
}

function FirstFoot() {
  const terminal = useTerminal();
  const { me, attempt, problem, linkUp } = useApp();
  const words = useWords();
  const language = useLanguage();
  const here = subjectOf(me, attempt);
  const next = me?.block.find((one) => here && one.ordinal > here.ordinal);
  const after = next
    ? words("submit.next", { n: next.ordinal, subject: subjectName(next, language), minutes: next.minutes })
    : words("submit.last");
  return (
    <footer class="foot handin-foot">
      <div class="foot-lines" role={problem ? "alert" : undefined}>
        <b>{problem ? problemText(problem, language) : words(linkUp ? "submit.ask_again" : "submit.offline")}</b>
        <span>{after}</span>
      </div>
      <button type="button" class="secondary strong" data-test="submit-confirm" onClick={() => terminal.handIn.askAgain()}>
        {words("submit.confirm")}
      </button>
      <button type="button" class="primary" data-test="submit-back" onClick={() => terminal.handIn.back()}>
        <Icon name="left" size={28} />
        {words("submit.back")}
      </button>
    </footer>
  );
}

function SecondQuestion({ counts }: { counts: Counts }) {
  const terminal = useTerminal();
  const { attempt, linkUp } = useApp();
  const words = useWords();
  const heading = useHeadingFocus();
  const blanks = counts.blank.length;
  const left = clockFace(attempt ? terminal.answering.clock(attempt).left() : 0);
  return (
    <>
      <main class="page-body handin again" data-test="handin-again">
        <h1 ref={heading} tabIndex={-1}>{words("submit.second")}</h1>
        <p class="still-text">
          {blanks > 0 ? words("submit.second_blank", { n: blanks, left }) : words("submit.second_complete", { n: counts.total })}
        </p>
        {!linkUp && <p class="lead">{words("submit.offline")}</p>}
      </main>
      <footer class="foot handin-foot">
        <div class="foot-lines" />
        <button type="button" class="danger" data-test="submit-again" onClick={() => void terminal.handIn.submit()}>
          {words("submit.yes")}
        </button>
        <button type="button" class="primary" data-test="submit-back" onClick={() => terminal.handIn.back()}>
          <Icon name="left" size={28} />
          {words("submit.back")}
        </button>
      </footer>
    </>
  );
}

interface RowProps {
  look: string;
  word: string;
  count: number;
  list?: boolean;
  children: ComponentChildren;
}

const MANY = 22;

function Row({ look, word, count, list = false, children }: RowProps) {
  const words = useWords();
  return (
    <li class="handin-row">
      <span class={look} aria-hidden="true">{look.includes("marked") && <Corner />}</span>
      <span class="handin-word">{word}</span>
      <span class="handin-count"><b>{count}</b> {words("submit.items")}</span>
      <div class={list && count > MANY ? "handin-list many" : "handin-list"}>{children}</div>
    </li>
  );
}

function Numbers({ numbers }: { numbers: number[] }) {
  const terminal = useTerminal();
  const { paper, answers } = useApp();
  const words = useWords();
  const jump = (number: number) => {
    terminal.handIn.back();
    terminal.answering.go(number - 1);
  };
  return (
    <>
      {numbers.map((number) => {
        const view = answers.get(paper?.items[number - 1]?.id ?? "");
        const answered = Boolean(view?.options);
        const look = ["cell", answered && "answered", view?.marked && "marked"].filter(Boolean).join(" ");
        return (
          <button
            type="button"
            key={number}
            class={look}
            data-test={`go-${number}`}
            aria-label={cellWords(words, number, answered, view?.marked ?? false)}
            onClick={() => jump(number)}
          >
            {number}
            {view?.marked && <Corner />}
          </button>
        );
      })}
    </>
  );
}
