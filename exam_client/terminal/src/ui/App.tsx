/** The one page: which screen, in which language and size. */

import { useEffect } from "preact/hooks";
import { type Screen, screenOf } from "../core/app";
import { AnswerScreen } from "./AnswerScreen";
import { BetweenScreen } from "./BetweenScreen";
import { ConfirmScreen } from "./ConfirmScreen";
import { useApp } from "./context";
import { HandInScreen } from "./HandInScreen";
import { LoginScreen } from "./LoginScreen";
import { ModeBar } from "./ModeBar";
import { RulesScreen } from "./RulesScreen";
import { ScoreScreen } from "./ScoreScreen";
import { SeatScreen } from "./SeatScreen";
import { AbsentScreen, FencedScreen, LoadingScreen, PausedScreen, TimeUpScreen } from "./StillScreens";
import { UnfinishedScreen } from "./UnfinishedScreen";
import { OpeningScreen, WaitingScreen } from "./WaitingScreen";
import { HTML_LANG, LanguageContext, say } from "./words";

const SCREENS: Record<Screen, () => preact.JSX.Element> = {
  loading: LoadingScreen,
  "seat-setup": SeatScreen,
  login: LoginScreen,
  confirm: ConfirmScreen,
  rules: RulesScreen,
  waiting: WaitingScreen,
  opening: OpeningScreen,
  answer: AnswerScreen,
  submit: HandInScreen,
  "submit-again": HandInScreen,
  unfinished: UnfinishedScreen,
  between: BetweenScreen,
  paused: PausedScreen,
  absent: AbsentScreen,
  fenced: FencedScreen,
  timeup: TimeUpScreen,
  score: ScoreScreen,
};

export function App() {
  const app = useApp();
  const { language, size, contrast } = app.preferences;
  const screen = screenOf(app);
  useEffect(() => {
    document.documentElement.lang = HTML_LANG[language];
    document.title = say(language, "app.title");
  }, [language]);
  useEffect(() => {
    document.documentElement.dataset.contrast = contrast ? "on" : "off";
  }, [contrast]);
  const Shown = SCREENS[screen];
  return (
    <LanguageContext.Provider value={language}>
      <div class="terminal" data-screen={screen} data-size={size}>
        <ModeBar />
        <Shown />
      </div>
    </LanguageContext.Provider>
  );
}
