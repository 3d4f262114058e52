import { describe, expect, test } from "vitest";
import { meet } from "../src/core/meeting";
import type { Answer } from "../src/core/shelf";
import type { Revision } from "../src/core/types";

const answer = (options: string, revision: Revision, kept: Answer["kept"] = ""): Answer => ({
  attempt: "a1", item: "i1", options, marked: false, revision, elapsed_ms: 0, kept,
});
const usual = { fence: 1, chosenHere: false, collided: false };

describe("an item on which this machine and the server are compared", () => {
  test.each([
    ["only there", undefined, answer("a", [1, 3]), usual, "theirs"],
    ["the same on both", answer("a", [1, 3]), answer("a", [1, 3], "counted"), usual, "theirs"],
    ["not sent yet", answer("a", [1, 3]), undefined, usual, "send"],
    ["not sent yet, newer than what counts", answer("b", [1, 4]), answer("a", [1, 3]), usual, "send"],
    ["saved once, and lost by the server", answer("a", [1, 3], "counted"), undefined, usual, "send"],
    ["saved once, and overtaken", answer("a", [1, 3], "counted"), answer("b", [2, 1]), usual, "theirs"],
    ["decided by the server", answer("a", [1, 3], "late"), undefined, usual, "leave"],
    ["decided by the server, and overtaken", answer("a", [1, 3], "superseded"), answer("b", [2, 1]), usual, "theirs"],
    ["chosen before the machine was changed back", answer("a", [1, 3]), undefined, { ...usual, fence: 2 }, "again"],
    ["overtaken by another machine", answer("a", [1, 3]), answer("b", [2, 1]), { ...usual, fence: 3, chosenHere: true }, "evidence"],
    ["left from an earlier page, and older", answer("a", [1, 3]), answer("b", [1, 7]), usual, "evidence"],
    ["chosen here with a number that is too low", answer("a", [1, 3]), answer("b", [1, 7]), { ...usual, chosenHere: true }, "again"],
    ["another answer has its number", answer("a", [1, 3]), undefined, { ...usual, collided: true }, "again"],
    ["another answer has its number, and it is older", answer("a", [1, 3]), answer("b", [1, 7]), { ...usual, collided: true }, "evidence"],
  ] as const)("%s", (_what, held, there, now, outcome) => {
    expect(meet(held, there, now)).toBe(outcome);
  });
});
