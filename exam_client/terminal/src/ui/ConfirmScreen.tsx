/** The face: is this you? */

import { maskedId, ticketGroups } from "../core/keypad";
import { enterFullScreen } from "../guard";
import { Banners } from "./Banners";
import { useApp, useHeadingFocus, useTerminal } from "./context";
import { Header } from "./Header";
import { Icon } from "./Icon";
import { Photo } from "./Photo";
import { problemText, subjectName, useLanguage, useWords } from "./words";

export function ConfirmScreen() {
  const terminal = useTerminal();
  const { me, busy, disputed, problem, unreachable } = useApp();
  const words = useWords();
  const language = useLanguage();
  const heading = useHeadingFocus();
  if (!me) return <div />;
  const yes = () => {
    enterFullScreen();
    void terminal.confirm(true);
  };
  const hint = problem
    ? problemText(problem, language)
    : words(unreachable ? "offline.early" : disputed ? "confirm.disputed" : "confirm.hint");
  return (
    <div class="page">
      <Header who={false} />
      <Banners />
      <main class="page-body confirm">
        <h1 ref={heading} tabIndex={-1}>{words("confirm.title")}</h1>
        <div class="confirm-grid">
          <Photo me={me} />
          <div>
            <p class="confirm-name" lang="zh-CN">
              <b data-test="candidate-name">{me.name}</b>
              <span>{words(me.sex === "M" ? "confirm.male" : "confirm.female")}</span>
            </p>
            <dl class="facts">
              {me.id_number !== "" && (
                <>
                  <dt>{words("confirm.id")}</dt>
                  <dd>{maskedId(me.id_number)}</dd>
                </>
              )}
              <dt>{words("confirm.ticket")}</dt>
              <dd>{ticketGroups(me.ticket)}</dd>
              <dt>{words("confirm.trade")}</dt>
              <dd lang="zh-CN">{me.trade}　{me.level_name}</dd>
            </dl>
            <Subjects />
          </div>
        </div>
      </main>
      <footer class="foot">
        <p class={disputed || problem ? "foot-hint strong" : "foot-hint"} role="status" data-test="confirm-hint">
          <Icon name="hand" size={28} />
          <span>{hint}</span>
        </p>
        <button type="button" class="secondary" data-test="confirm-no" disabled={busy} onClick={() => void terminal.confirm(false)}>
          {words("confirm.no")}
        </button>
        <button type="button" class="primary wide" data-test="confirm-yes" disabled={busy} onClick={yes}>
          <Icon name="check" size={28} />
          {words("confirm.yes")}
        </button>
      </footer>
    </div>
  );
}

function Subjects() {
  const language = useLanguage();
  const { me } = useApp();
  const words = useWords();
  return (
    <ul class="subjects">
      {me?.block.map((one) => (
        <li key={one.attempt_id}>
          <span>{words("subject.nth", { n: one.ordinal })}</span>
          <b>{subjectName(one, language)}</b>
          <span>{words("subject.count", { n: one.count })}</span>
          <span>{words("subject.minutes", { n: one.minutes })}</span>
        </li>
      ))}
    </ul>
  );
}
