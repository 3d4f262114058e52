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
   * Takes a State from wherever it came. `asked`: what `newsCount` was when it was asked for;
   * one that a push has overtaken may be older, and the server is asked again instead.
   */
  apply(state: State, asked?: number): void;
  /** How many States have come so far. */
  newsCount(): number;
  /** Deals with a refusal that means more than "not now"; true when it did. */
  refused(error: unknown): boolean;
}
