// Everybody concerned is scored anew; the server tells line by line how far it is.

import { byId, say } from "./dom";
import { told } from "./net";
import { t } from "./words";

/** Ask for the scoring and show how far it is; a problem among the lines is thrown. */
export async function scoring(path: string, body: unknown): Promise<void> {
  const bar = byId<HTMLProgressElement>("trial-bar");
  byId("trial").hidden = false;
  for await (const line of told(path, body)) {
    if (line.of === undefined || line.done === undefined) continue;
    bar.max = Math.max(1, line.of);
    bar.value = line.done;
    say(byId("trial-text"), t("trial_progress", { done: line.done, of: line.of }));
  }
}
