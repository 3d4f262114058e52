/** The striped bar: this is a trial, a practice, or a shortened day. Absent on a formal one. */

import { useApp } from "./context";
import { useWords } from "./words";

export function ModeBar() {
  const app = useApp();
  const words = useWords();
  const mode = app.me?.mode ?? app.place?.exam.mode ?? "formal";
  const short = app.me?.limits_shortened ?? app.place?.limits_shortened ?? false;
  if (mode === "formal" && !short) return null;
  return (
    <section class="mode-bar" data-test="mode-bar" aria-label={words(short ? "mode.short" : "mode.note")}>
      <span class="mode-words">
        {mode !== "formal" && (
          <>
            <b>{words(mode === "trial" ? "mode.trial" : "mode.practice")}</b>
            <span>{words("mode.note")}</span>
          </>
        )}
        {short && <b>{words("mode.short")}</b>}
      </span>
    </section>
  );
}
