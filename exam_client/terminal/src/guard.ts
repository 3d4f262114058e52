/** Keeps the browser out of the way of the exam, and tells the record what was tried. */

import type { Terminal } from "./core/terminal";

let wanted = false;

/** On the person's own click only; a kiosk that fills the screen already is left alone. */
export function enterFullScreen(): void {
  if (document.fullscreenElement || !document.documentElement.requestFullscreen) return;
  wanted = true;
  document.documentElement.requestFullscreen().catch(() => {
    wanted = false;
  });
}

/** Blocks menus, copying, printing and dragging; reports attempts and lost focus. */
export function installGuard(terminal: Terminal): void {
  const { reporter } = terminal;
  const block = (event: Event) => event.preventDefault();
  for (const name of ["contextmenu", "selectstart", "dragstart", "drop"]) document.addEventListener(name, block);
  const tried = (name: string, kind: string) =>
    document.addEventListener(name, (event) => {
      event.preventDefault();
      reporter.add(kind);
    });
  tried("copy", "copy_attempted");
  tried("cut", "copy_attempted");
  tried("paste", "paste_attempted");
  window.addEventListener("beforeprint", () => reporter.add("print_attempted"));
  window.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "p") {
      event.preventDefault();
      reporter.add("print_attempted");
    }
    // A browser's own keys: find, save, view source, help, caret browsing.
    if ((event.ctrlKey && "fsu".includes(event.key.toLowerCase())) || event.key === "F1" || event.key === "F7") {
      event.preventDefault();
    }
  });
  watchFocus(terminal);
  document.addEventListener("fullscreenchange", () => {
    const full = document.fullscreenElement !== null;
    if (wanted) reporter.add(full ? "full_screen_entered" : "full_screen_left");
    terminal.store.set({ fullScreenLost: wanted && !full });
  });
}

/** Window focus and page visibility are one fact to the record: looking elsewhere. */
function watchFocus({ reporter }: Terminal): void {
  let away = false;
  const look = () => {
    const gone = document.visibilityState === "hidden" || !document.hasFocus();
    if (gone === away) return;
    away = gone;
    reporter.add(gone ? "focus_lost" : "focus_back");
  };
  for (const name of ["blur", "focus"]) window.addEventListener(name, () => setTimeout(look, 0));
  document.addEventListener("visibilitychange", look);
}
