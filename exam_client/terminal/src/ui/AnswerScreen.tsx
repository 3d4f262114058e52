/** The question; everything else stands back. */

import { Banners } from "./Banners";
import { useApp, useKeys, useTerminal } from "./context";
import { LanguageButton, SeatSign, TimeLeft, WhoLine } from "./Header";
import { ContrastIcon, Icon, type IconName } from "./Icon";
import { NumbersPanel } from "./NumbersPanel";
import { Question } from "./Question";
import type { SaveState } from "../core/app";
import type { TextSize } from "../core/machine";
import { type Key, useWords } from "./words";

export function AnswerScreen() {
  const terminal = useTerminal();
  const words = useWords();
  const { paper, at, notices, linkUp, state } = useApp();
  const item = paper?.items[at];
  useKeys((event) => {
    if (!item) return;
    const option = optionOfKey(event.key);
    const chosen = option === null ? undefined : item.options[option];
    if (chosen) terminal.answering.choose(item, chosen.letter);
    else if (event.key === "ArrowLeft") terminal.answering.go(at - 1);
    else if (event.key === "ArrowRight") terminal.answering.go(at + 1);
    else if (event.key.toLowerCase() === "m") terminal.answering.toggleMark(item);
  });
  if (!item) return <div />;
  const tight = notices.length > 0 || !linkUp || state?.move_to != null;
  return (
    <div class={tight ? "answer tight" : "answer"}>
      <header class="answer-top">
        <SeatSign />
        <WhoLine subject />
        <Tools />
      </header>
      <section class="answer-time" aria-label={words("time.left")}><TimeLeft /></section>
      <Banners />
      <Question item={item} key={item.id} />
      <NumbersPanel />
      <footer class="answer-foot">
        <button type="button" class="secondary" data-test="prev" disabled={at === 0} onClick={() => terminal.answering.go(at - 1)}>
          <Icon name="left" size={28} />
          <TextOf name="answer.previous" />
        </button>
        <SavedState />
        <button
          type="button"
          class="primary"
          data-test="next"
          disabled={at + 1 >= (paper?.items.length ?? 0)}
          onClick={() => terminal.answering.go(at + 1)}
        >
          <TextOf name="answer.next" />
          <Icon name="right" size={28} />
        </button>
      </footer>
      <section class="answer-end" aria-label={words("answer.submit")}>
        <HandButton />
        <button type="button" class="secondary strong" data-test="submit" onClick={() => terminal.handIn.check()}>
          <TextOf name="answer.submit" />
        </button>
      </section>
    </div>
  );
}

/** 1–8 and A–H. */
function optionOfKey(key: string): number | null {
  if (/^[1-8]$/.test(key)) return Number(key) - 1;
  return /^[a-hA-H]$/.test(key) ? key.toLowerCase().charCodeAt(0) - 97 : null;
}

function TextOf({ name }: { name: Key }) {
  return <span>{useWords()(name)}</span>;
}

function Tools() {
  const terminal = useTerminal();
  const { preferences } = useApp();
  const words = useWords();
  const sizes: TextSize[] = [0, 1, 2];
  return (
    <div class="tools">
      <div class="sizes" role="group" aria-label={words("answer.size")}>
        {sizes.map((size) => (
          <button
            type="button"
            key={size}
            class={`size size-${size}`}
            data-test={`size-${size}`}
            aria-pressed={preferences.size === size}
            aria-label={words(`answer.size.${size}`)}
            onClick={() => terminal.prefer({ size })}
          >
            字
          </button>
        ))}
      </div>
      <button
        type="button"
        class="tool contrast"
        data-test="contrast"
        aria-pressed={preferences.contrast}
        aria-label={words("answer.contrast")}
        onClick={() => terminal.prefer({ contrast: !preferences.contrast })}
      >
        <ContrastIcon />
        <span class="tool-word">{words("answer.contrast")}</span>
      </button>
      <LanguageButton />
    </div>
  );
}

const SAVED: Record<Exclude<SaveState, "idle">, { key: Key; icon: IconName }> = {
  saved: { key: "saved.saved", icon: "check" },
  saving: { key: "saved.saving", icon: "clock" },
  local: { key: "saved.local", icon: "screen" },
  failed: { key: "saved.failed", icon: "warning" },
};

/** Says 已保存 only for what the server has committed. */
function SavedState() {
  const { saving } = useApp();
  const words = useWords();
  if (saving.state === "idle") return <p class="saved" data-test="saved-state" data-state="saved" data-count="0" role="status" />;
  const { key, icon } = SAVED[saving.state];
  const n = saving.state === "local" ? saving.waiting : (saving.number ?? "");
  return (
    <p class={`saved ${saving.state}`} data-test="saved-state" data-state={saving.state} data-count={saving.waiting} role="status">
      <Icon name={icon} size={26} />
      <span>{words(key, { n })}</span>
    </p>
  );
}

function HandButton() {
  const terminal = useTerminal();
  const { state, busy } = useApp();
  const words = useWords();
  const up = state?.hand_raised ?? false;
  return (
    <button type="button" class="secondary hand" data-test="hand" aria-pressed={up} disabled={busy} onClick={() => void terminal.raiseHand(!up)}>
      <Icon name="hand" size={28} />
      <span>{words(up ? "answer.hand_up" : "answer.hand")}</span>
    </button>
  );
}
