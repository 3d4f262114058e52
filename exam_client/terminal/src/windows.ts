/** One window per machine: the newest carries on, an older one goes dark. */

import type { Terminal } from "./core/terminal";

export function watchWindows(terminal: Terminal): void {
  if (!("BroadcastChannel" in window)) return;
  const channel = new BroadcastChannel("kaochang");
  channel.onmessage = () => {
    if (terminal.store.get().me) terminal.goDark("window");
  };
  channel.postMessage("opened");
}
