import { describe, expect, test } from "vitest";
import { Refused, Unreachable } from "../src/core/api";
import { deliver } from "../src/core/deliver";
import { Link } from "../src/core/link";
import type { Core } from "../src/core/core";

const REFUSAL = { type: "submit_too_early", title: "", title_en: "", status: 409, facts: {} };

/** A line that is up or not, and the link beside it; `went` tells by which way an act went. */
function room(up: boolean) {
  const went: string[] = [];
  const link = new Link(() => undefined);
  const core = { line: { up }, link } as unknown as Core;
  const by = (way: string, failure?: Error) => async () => {
    went.push(way);
    if (failure) throw failure;
    return way;
  };
  return { core, link, went, by };
}

describe("an act of the candidate", () => {
  test("goes by the socket while it lives, and only once", async () => {
    const { core, went, by } = room(true);
    expect(await deliver(core, by("socket"), by("http"))).toBe("socket");
    expect(went).toEqual(["socket"]);
  });

  test("goes by HTTP without a socket", async () => {
    const { core, went, by } = room(false);
    expect(await deliver(core, by("socket"), by("http"))).toBe("http");
    expect(went).toEqual(["http"]);
  });

  test("goes by HTTP when the socket does not acknowledge it", async () => {
    const { core, link, went, by } = room(true);
    expect(await deliver(core, by("socket", new Unreachable("no acknowledgement")), by("http"))).toBe("http");
    expect(went).toEqual(["socket", "http"]);
    expect(link.doubtful).toBe(true);
  });

  test("that the server refuses is not asked for a second time by the other way", async () => {
    const { core, link, went, by } = room(true);
    await expect(deliver(core, by("socket", new Refused(REFUSAL)), by("http"))).rejects.toThrow("submit_too_early");
    expect(went).toEqual(["socket"]);
    expect(link.doubtful).toBe(false);
  });
});
