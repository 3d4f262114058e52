/** The two numbers of the login, typed on the screen's keypad or a keyboard. */

export type Field = "ticket" | "id";
export const ID_DIGITS = 18;

export interface Entry {
  ticket: string;
  id: string;
  field: Field;
}

export const emptyEntry: Entry = { ticket: "", id: "", field: "ticket" };

/** One key: `0`–`9`, `X` in either case (only as the last place of an ID number), or `del`. */
export function press(entry: Entry, key: string, ticketDigits: number): Entry {
  if (key === "del") return erase(entry);
  const field = entry.field;
  const value = entry[field];
  const limit = field === "ticket" ? ticketDigits : ID_DIGITS;
  const sign = key.toUpperCase();
  const lastOfId = field === "id" && value.length === ID_DIGITS - 1;
  if (!/^[0-9]$/.test(sign) && !(sign === "X" && lastOfId)) return entry;
  if (value.length >= limit) return entry;
  const next = { ...entry, [field]: value + sign };
  // A full ticket number hands over to the ID number by itself.
  if (field === "ticket" && next.ticket.length === limit && next.id === "") next.field = "id";
  return next;
}

function erase(entry: Entry): Entry {
  if (entry[entry.field] === "" && entry.field === "id") return { ...entry, field: "ticket" };
  return { ...entry, [entry.field]: entry[entry.field].slice(0, -1) };
}

/** Places still empty, over both fields. */
export function missing(entry: Entry, ticketDigits: number): number {
  return ticketDigits - entry.ticket.length + (ID_DIGITS - entry.id.length);
}

/** `2026 0611 0223`: groups of four from the left. */
export function ticketGroups(value: string): string {
  return value.replace(/(.{4})(?=.)/g, "$1 ");
}

const ID_GROUPS: readonly [number, number][] = [
  [0, 6],
  [6, 14],
  [14, 18],
];

/** The middle is covered once the field is left: `611002 •••••••• 0018`. */
export function maskedId(value: string): string {
  return ID_GROUPS.map(([from, to], group) => {
    const part = value.slice(from, to);
    return group === 1 ? "•".repeat(part.length) : part;
  })
    .filter((part) => part !== "")
    .join(" ");
}

/** How a number's places stand in groups, for drawing the empty ones too. */
export function places(value: string, field: Field, ticketDigits: number): string[][] {
  const limit = field === "ticket" ? ticketDigits : ID_DIGITS;
  const all = Array.from({ length: limit }, (_, index) => value[index] ?? "");
  if (field === "id") return ID_GROUPS.map(([from, to]) => all.slice(from, to));
  const groups: string[][] = [];
  for (let from = 0; from < limit; from += 4) groups.push(all.slice(from, from + 4));
  return groups;
}
