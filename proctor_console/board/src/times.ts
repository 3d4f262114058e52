// Times as people read them.

const two = (value: number): string => String(value).padStart(2, "0");

/** Milliseconds as minutes and seconds: `41:27`. */
export function minutes(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** A wall time as `9:18:33`. */
export function clock(wallMs: number): string {
  const moment = new Date(wallMs);
  return `${moment.getHours()}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
}

/** A wall time as `9:18`. */
export function hour(wallMs: number): string {
  const moment = new Date(wallMs);
  return `${moment.getHours()}:${two(moment.getMinutes())}`;
}

/** A seat as it is printed on the machine: two digits at least. */
export function seatNumber(number: number): string {
  return two(number);
}

/** A wall time as `06-20 15:20`. */
export function minutesPlain(wallMs: number): string {
  const moment = new Date(wallMs);
  return `${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${hour(wallMs)}`;
}
