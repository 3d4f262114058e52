import { render } from "preact";
import { openPatiently } from "./core/patience";
import { Terminal } from "./core/terminal";
import { installGuard } from "./guard";
import { App } from "./ui/App";
import { TerminalContext } from "./ui/context";
import { watchWindows } from "./windows";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/bands.css";
import "./styles/login.css";
import "./styles/pages.css";
import "./styles/confirm.css";
import "./styles/question.css";
import "./styles/waiting.css";
import "./styles/still.css";
import "./styles/answer.css";
import "./styles/panel.css";
import "./styles/handin.css";
import "./styles/score.css";

async function main(): Promise<void> {
  const root = document.getElementById("terminal");
  if (!root) return;
  const terminal = new Terminal(await openPatiently());
  render(
    <TerminalContext.Provider value={terminal}>
      <App />
    </TerminalContext.Provider>,
    root,
  );
  installGuard(terminal);
  watchWindows(terminal);
  void terminal.boot();
  if ("serviceWorker" in navigator) {
    // Without https there is none; the page then works, but a reload needs the server.
    navigator.serviceWorker.register("/sw.js").catch(() => undefined);
  }
}

void main();
