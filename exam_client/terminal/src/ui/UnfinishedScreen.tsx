/** The hand-in is on its way, or has not come through: honest until the server has it. */

import { useApp, useHeadingFocus, useTerminal } from "./context";
import { Header, TimeLeft } from "./Header";
import { Icon } from "./Icon";
import { useWords } from "./words";

/** For the proctor, when this machine cannot be brought back to the line. */
export function SaveOutbox() {
  const terminal = useTerminal();
  const { saving, linkUp } = useApp();
  const words = useWords();
  if (linkUp || saving.waiting === 0) return null;
  return (
    <p class="carry">
      <button type="button" class="tool" data-test="save-outbox" onClick={() => terminal.saveOutbox()}>
        {words("carry.save")}
      </button>
      <span>{words("carry.text")}</span>
    </p>
  );
}

export function UnfinishedScreen() {
  const terminal = useTerminal();
  const { handIn } = useApp();
  const words = useWords();
  const heading = useHeadingFocus();
  if (handIn === "sending") {
    return (
      <div class="page">
        <Header subject><TimeLeft /></Header>
        <main class="page-body still" data-test="sending">
          <h1 ref={heading} tabIndex={-1}>{words("unfinished.sending")}</h1>
        </main>
      </div>
    );
  }
  return (
    <div class="page">
      <Header subject><TimeLeft /></Header>
      <main class="page-body still" data-test="unfinished">
        <span class="still-sign red"><Icon name="warning" size={72} /></span>
        <h1 ref={heading} tabIndex={-1}>{words("unfinished.title")}</h1>
        <p class="still-text" role="alert">{words("unfinished.text")}</p>
        <button type="button" class="secondary" data-test="submit-retry" onClick={() => terminal.handIn.resume()}>
          {words("unfinished.retry")}
        </button>
        <SaveOutbox />
      </main>
    </div>
  );
}
