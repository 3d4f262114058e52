/**
 * What a hall does at one moment (begins, answers, hands in) goes by the socket while it lives,
 * else by HTTP: the same use case, and either may be repeated.
 */

import { Refused } from "./api";
import type { Core } from "./core";

export async function deliver<T>(
  { line, link }: Pick<Core, "line" | "link">,
  bySocket: () => Promise<T>,
  byHttp: () => Promise<T>,
): Promise<T> {
  if (line.up) {
    try {
      const answer = await bySocket();
      link.reached();
      return answer;
    } catch (error) {
      if (error instanceof Refused) {
        link.reached();
        throw error;
      }
      link.failed(line.up);
    }
  }
  return byHttp();
}
