import { describe, expect, test } from "vitest";
import { emptyEntry, type Entry, maskedId, missing, places, press, ticketGroups } from "../src/core/keypad";

const type = (entry: Entry, keys: string) => Array.from(keys).reduce((held, key) => press(held, key, 12), entry);

describe("the two numbers", () => {
  test("a full ticket hands over to the ID number, whose last place takes X in either case", () => {
    const entry = type(emptyEntry, "20260611022361100219750312001x");
    expect(entry).toEqual({ ticket: "202606110223", id: "61100219750312001X", field: "id" });
    expect(missing(entry, 12)).toBe(0);
    expect(type(entry, "9")).toEqual(entry);
  });

  test("X is only the last place of an ID number", () => {
    expect(type(emptyEntry, "x")).toEqual(emptyEntry);
    const entry = type({ ...emptyEntry, field: "id" }, "6x1");
    expect(entry.id).toBe("61");
  });

  test("delete goes back into the ticket when the ID number is empty", () => {
    const entry = type(emptyEntry, "202606110223");
    const back = press(entry, "del", 12);
    expect(back.field).toBe("ticket");
    expect(press(back, "del", 12).ticket).toBe("20260611022");
  });

  test("the button can say how many places are missing", () => {
    expect(missing(type(emptyEntry, "2026061102236110021975"), 12)).toBe(8);
  });

  test("the middle of an ID number is covered", () => {
    expect(maskedId("61100219750312001X")).toBe("611002 •••••••• 001X");
    expect(maskedId("6110021")).toBe("611002 •");
    expect(ticketGroups("202606110223")).toBe("2026 0611 0223");
    expect(places("61", "id", 12).map((group) => group.length)).toEqual([6, 8, 4]);
    expect(places("", "ticket", 10).map((group) => group.length)).toEqual([4, 4, 2]);
  });
});
