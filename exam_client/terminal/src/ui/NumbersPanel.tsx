/** The answer sheet 答题卡: every number with its state by shape, colour and word. */

import { useEffect, useRef } from "preact/hooks";
import { countsOf } from "../core/app";
import type { PaperItem, PaperSection } from "../core/paper";
import { useApp, useTerminal } from "./context";
import { Corner } from "./Icon";
import { type Say, useLanguage, useWords } from "./words";

export function NumbersPanel() {
  const { paper, answers } = useApp();
  const words = useWords();
  const counts = countsOf(paper, answers);
  return (
    <nav class="panel" aria-label={words("answer.panel")} data-test="panel">
      <div class="panel-sections">
        {paper?.sections.map((section, index) => <Section key={index} section={section} />)}
      </div>
      <ul class="legend" data-test="legend">
        <li><span class="cell answered" />{words("state.answered")} {counts.answered}</li>
        <li><span class="cell" />{words("state.blank")} {counts.blank.length}</li>
        <li><span class="cell marked"><Corner /></span>{words("state.marked")} {counts.marked.length}</li>
        <li><span class="cell current" />{words("state.current")}</li>
      </ul>
    </nav>
  );
}

function Section({ section }: { section: PaperSection }) {
  const { answers } = useApp();
  const words = useWords();
  const language = useLanguage();
  const answered = section.items.filter((one) => answers.get(one.id)?.options).length;
  const heading = section.heading;
  const title = words(`type.${section.type}`);
  return (
    <section class="panel-section" aria-label={(language === "en" ? heading?.title_en : heading?.title) ?? title}>
      <h2>
        <b>{title}</b>
        <span>{words("answer.of", { n: answered, total: section.items.length })}</span>
      </h2>
      <div class="cells">
        {section.items.map((item) => <Cell key={item.id} item={item} />)}
      </div>
    </section>
  );
}

function Cell({ item }: { item: PaperItem }) {
  const terminal = useTerminal();
  const { answers, at } = useApp();
  const words = useWords();
  const ref = useRef<HTMLButtonElement>(null);
  const view = answers.get(item.id);
  const answered = Boolean(view?.options);
  const current = at === item.number - 1;
  useEffect(() => {
    if (current) ref.current?.scrollIntoView({ block: "nearest" });
  }, [current]);
  const look = ["cell", answered && "answered", view?.marked && "marked", current && "current"].filter(Boolean).join(" ");
  return (
    <button
      type="button"
      ref={ref}
      class={look}
      data-test={`number-${item.number}`}
      data-answered={answered}
      data-marked={view?.marked ?? false}
      aria-current={current ? "true" : undefined}
      aria-label={cellWords(words, item.number, answered, view?.marked ?? false)}
      onClick={() => terminal.answering.go(item.number - 1)}
    >
      {item.number}
      {view?.marked && <Corner />}
    </button>
  );
}

export function cellWords(words: Say, number: number, answered: boolean, marked: boolean): string {
  const state = words(answered ? "state.answered" : "state.blank");
  return `${words("answer.number", { n: number })} ${state}${marked ? ` ${words("state.marked")}` : ""}`;
}
