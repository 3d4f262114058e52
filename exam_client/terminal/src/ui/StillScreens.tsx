/** Screens on which the person can only wait: one sentence, and what to do. */

import { useApp, useHeadingFocus, useTerminal } from "./context";
import { Banners } from "./Banners";
import { Header, TimeLeft } from "./Header";
import { Icon } from "./Icon";
import { SaveOutbox } from "./UnfinishedScreen";
import { useWords } from "./words";

/** Before the machine knows who sits here. */
export function LoadingScreen() {
  const words = useWords();
  return (
    <main class="page-body still" data-test="loading">
      <span class="still-sign"><Icon name="clock" size={72} /></span>
      <h1>{words("app.loading")}</h1>
      <p class="still-text" role="status">{words("opening.wait")}</p>
    </main>
  );
}

export function PausedScreen() {
  const words = useWords();
  const heading = useHeadingFocus();
  return (
    <div class="page">
      <Header subject><TimeLeft /></Header>
      <Banners />
      <main class="page-body still" data-test="paused">
        <span class="still-sign flag"><Icon name="pause" size={72} /></span>
        <h1 ref={heading} tabIndex={-1}>{words("paused.title")}</h1>
        <p class="still-text">{words("paused.text")}</p>
        <p class="lead">{words("paused.kept")}</p>
      </main>
    </div>
  );
}

export function AbsentScreen() {
  const words = useWords();
  const heading = useHeadingFocus();
  return (
    <div class="page">
      <Header />
      <main class="page-body still" data-test="absent">
        <span class="still-sign"><Icon name="cross" size={72} /></span>
        <h1 ref={heading} tabIndex={-1}>{words("absent.title")}</h1>
        <p class="still-text">{words("absent.text")}</p>
      </main>
    </div>
  );
}

/** Dark: another machine, or another window, is the live one now. */
export function FencedScreen() {
  const terminal = useTerminal();
  const { dark } = useApp();
  const words = useWords();
  const heading = useHeadingFocus();
  const elsewhere = dark === "window";
  return (
    <main class="fenced" data-test="fenced">
      <h1 ref={heading} tabIndex={-1}>{words(elsewhere ? "fenced.window_title" : "fenced.title")}</h1>
      <p>{words(elsewhere ? "fenced.window" : "fenced.text")}</p>
      {elsewhere ? (
        <button type="button" class="on-navy" onClick={() => location.reload()}>{words("fenced.reopen")}</button>
      ) : (
        <button type="button" class="on-navy" data-test="fenced-leave" onClick={() => void terminal.leaveDark()}>
          {words("fenced.leave")}
        </button>
      )}
    </main>
  );
}

export function TimeUpScreen() {
  const { linkUp, saving } = useApp();
  const words = useWords();
  const heading = useHeadingFocus();
  return (
    <div class="page">
      <Header subject><TimeLeft /></Header>
      <main class="page-body still" data-test="timeup">
        <span class="still-sign"><Icon name="clock" size={72} /></span>
        <h1 ref={heading} tabIndex={-1}>{words(linkUp ? "timeup.title" : "timeup.offline")}</h1>
        <p class="still-text" role="status">{words(linkUp ? "timeup.online" : "timeup.text")}</p>
        {saving.waiting > 0 && <p class="lead">{words("timeup.waiting", { n: saving.waiting })}</p>}
        <SaveOutbox />
      </main>
    </div>
  );
}
