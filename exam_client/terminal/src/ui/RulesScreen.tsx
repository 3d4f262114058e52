/** Rules and pledge, with a required 我已阅读. If the bell has gone, it says that time runs. */

import { currentAttempt, started } from "../core/app";
import { Banners } from "./Banners";
import { useApp, useHeadingFocus, useTerminal } from "./context";
import { Header, TimeLeft } from "./Header";
import { Icon } from "./Icon";
import { MoreBelow, useOverflow } from "./overflow";
import { problemText, useLanguage, useWords } from "./words";

export function RulesScreen() {
  const terminal = useTerminal();
  const { me, state, attempt, busy, problem, unreachable } = useApp();
  const words = useWords();
  const language = useLanguage();
  const heading = useHeadingFocus();
  const { box, more } = useOverflow();
  const current = currentAttempt(state);
  const running = attempt !== null || (current !== null && started(current));
  const hint = problem
    ? problemText(problem, language)
    : words(unreachable ? "offline.early" : running ? "rules.late" : "rules.hint");
  const pledge = language === "en" ? me?.pledge_en || me?.pledge : me?.pledge;
  return (
    <div class="page">
      <Header>{running ? <TimeLeft /> : undefined}</Header>
      <Banners />
      <main class="page-body rules" ref={box} tabIndex={more ? 0 : -1}>
        <section>
          <h1 ref={heading} tabIndex={-1}>{words("rules.title")}</h1>
          <RuleList />
        </section>
        <section class="pledge">
          <h2>{words("rules.pledge")}</h2>
          <p>{pledge}</p>
        </section>
        {more && <MoreBelow box={box} />}
      </main>
      <footer class={running ? "foot urgent" : "foot"}>
        <p class={running || problem ? "foot-hint strong" : "foot-hint"} role="status">
          <Icon name={running ? "clock" : "hand"} size={28} />
          <span>{hint}</span>
        </p>
        <button type="button" class="primary wide" data-test="read-rules" disabled={busy} onClick={() => void terminal.pledge()}>
          <Icon name="check" size={28} />
          {words("rules.read")}
        </button>
      </footer>
    </div>
  );
}

export function RuleList() {
  const { me } = useApp();
  const language = useLanguage();
  const rules = language === "en" && me?.rules_en.length ? me.rules_en : (me?.rules ?? []);
  return (
    <ol class="rule-list">
      {rules.map((rule, index) => (
        <li key={index}>
          <b>{index + 1}</b>
          <span>{rule}</span>
        </li>
      ))}
    </ol>
  );
}
