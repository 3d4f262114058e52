/** One item: its number, its stem, its options. Scrolls only when it must. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Figure, PaperItem, PaperOption, StemPart } from "../core/paper";
import { useApp, useTerminal } from "./context";
import { Corner, Icon, type IconName } from "./Icon";
import { MoreBelow, useOverflow } from "./overflow";
import { type Key, useWords } from "./words";

const TYPE: Record<PaperItem["type"], Key> = {
  single: "type.single",
  multiple: "type.multiple",
  true_false: "type.true_false",
};
const HINT: Record<PaperItem["type"], Key> = {
  single: "hint.single",
  multiple: "hint.multiple",
  true_false: "hint.true_false",
};

export function Question({ item }: { item: PaperItem }) {
  const words = useWords();
  const { box, more } = useOverflow();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The option that had the focus is gone with its item: the reader goes to the new heading.
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <main class="question" data-test="question" data-item={item.id} data-number={item.number} ref={box}>
      <div class="question-head">
        <h1 ref={heading} tabIndex={-1}>{words("answer.number", { n: item.number })}</h1>
        <span class="type">{words(TYPE[item.type])}</span>
        <span class="hint">{words(HINT[item.type], { points: item.points })}</span>
        <MarkButton item={item} />
      </div>
      <Stem parts={item.stem} />
      <Options item={item} />
      {more && <MoreBelow box={box} />}
    </main>
  );
}

function MarkButton({ item }: { item: PaperItem }) {
  const terminal = useTerminal();
  const { answers } = useApp();
  const words = useWords();
  const marked = answers.get(item.id)?.marked ?? false;
  return (
    <button type="button" class="tool mark" data-test="mark" aria-pressed={marked} onClick={() => terminal.answering.toggleMark(item)}>
      {marked ? <Corner /> : <Icon name="flag" size={24} />}
      <span>{words(marked ? "answer.marked" : "answer.mark")}</span>
    </button>
  );
}

function Stem({ parts }: { parts: StemPart[] }) {
  return (
    <div class="stem" lang="zh-CN" data-test="stem">
      {parts.map((part, index) => ("text" in part ? <span key={index}>{part.text}</span> : <Picture key={index} figure={part.figure} />))}
    </div>
  );
}

function Picture({ figure }: { figure: Figure }) {
  return <img class="figure" src={figure.url} alt={figure.alt} data-test="figure" />;
}

function Options({ item }: { item: PaperItem }) {
  const words = useWords();
  const { answers } = useApp();
  const chosen = answers.get(item.id)?.options ?? "";
  const several = item.type === "multiple";
  const list = useRef<HTMLDivElement>(null);
  const first = Math.max(0, item.options.findIndex((one) => chosen.includes(one.letter)));
  const [at, setAt] = useState(first);
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const next = at + step;
    if (step === 0 || next < 0 || next >= item.options.length) return;
    event.preventDefault();
    setAt(next);
    list.current?.querySelectorAll<HTMLElement>(".option")[next]?.focus();
  };
  return (
    <div
      class={spacing(item.options.length)}
      role={several ? "group" : "radiogroup"}
      aria-label={words("answer.number", { n: item.number })}
      ref={list}
      onKeyDown={move}
    >
      {item.options.map((option, index) => (
        <Option
          key={option.letter}
          item={item}
          option={option}
          chosen={chosen.includes(option.letter)}
          reachable={several || index === at}
          onFocus={() => setAt(index)}
        />
      ))}
    </div>
  );
}

/** Five options still stand whole at 1024×768; more stand closer. */
function spacing(options: number): string {
  if (options > 5) return "options many";
  return options === 5 ? "options five" : "options";
}

function Option({ item, option, chosen, reachable, onFocus }: {
  item: PaperItem;
  option: PaperOption;
  chosen: boolean;
  reachable: boolean;
  onFocus: () => void;
}) {
  const terminal = useTerminal();
  const words = useWords();
  const several = item.type === "multiple";
  const plain = item.type === "true_false" ? trueFalse(option.letter) : null;
  return (
    <button
      type="button"
      class={several ? "option several" : "option"}
      role={several ? "checkbox" : "radio"}
      aria-checked={chosen}
      tabIndex={reachable ? 0 : -1}
      data-test={`option-${option.label}`}
      data-letter={option.letter}
      onFocus={onFocus}
      onClick={() => terminal.answering.choose(item, option.letter)}
    >
      <span class="letter" >{plain ? <Icon name={plain.sign} size={26} /> : option.label}</span>
      <span class="option-text" lang="zh-CN">{option.text || (plain ? words(plain.key) : "")}</span>
      <span class="chosen" aria-hidden="true">
        {chosen && <Icon name="check" size={24} />}
        {chosen && words("option.chosen")}
      </span>
    </button>
  );
}

/** Canonical a is 对, b is 错, in any order shown. */
function trueFalse(letter: string): { sign: IconName; key: Key } {
  return letter === "a" ? { sign: "check", key: "option.true" } : { sign: "cross", key: "option.false" };
}
