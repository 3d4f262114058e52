/** The terminal and its state, for every component. */

import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { App } from "../core/app";
import type { Terminal } from "../core/terminal";

export const TerminalContext = createContext<Terminal | null>(null);

export function useTerminal(): Terminal {
  const terminal = useContext(TerminalContext);
  if (!terminal) throw new Error("no terminal");
  return terminal;
}

/** The state, re-read at every change. */
export function useApp(): App {
  const terminal = useTerminal();
  const [app, setApp] = useState(terminal.store.get());
  useEffect(() => {
    setApp(terminal.store.get());
    return terminal.store.watch(() => setApp(terminal.store.get()));
  }, [terminal]);
  return app;
}

/** Redraws the component every `ms`; for faces of clocks only. */
export function useTick(ms = 250): void {
  const [, setCount] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setCount((count) => count + 1), ms);
    return () => clearInterval(timer);
  }, [ms]);
}

/** Puts the reader on the heading of a screen that has just opened. */
export function useHeadingFocus() {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => ref.current?.focus({ preventScroll: true }), []);
  return ref;
}

/** Listens to the keyboard while the component is shown; modified keys are left alone. */
export function useKeys(onKey: (event: KeyboardEvent) => void): void {
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!event.ctrlKey && !event.altKey && !event.metaKey) latest.current(event);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
