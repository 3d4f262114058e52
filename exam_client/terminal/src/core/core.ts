/** What the parts of the terminal share. */

import type { Api } from "./api";
import type { App } from "./app";
import type { Link } from "./link";
import type { Reporter } from "./reporter";
import type { Shelf } from "./shelf";
import type { Line } from "./socket";
import type { Store } from "./store";
import type { State } from "./types";

export interface Core {
  store: Store<App>;
  api: Api;
  line: Line;
  link: Link;
  shelf: Shelf;
  reporter: Reporter;
  /**
   * Takes a State, unless it may be older than the one shown: then the server is asked again.
   * `asked`: what `newsCount` was when it was asked for; what was asked for after all that has
   * come so far is newer. Without it (a push) the server's own time of reading decides.
   */
  apply(state: State, asked?: number): void;
  /** How many States have come so far. */
  newsCount(): number;
  /** Deals with a refusal that means more than "not now"; true when it did. */
  refused(error: unknown): boolean;
}
