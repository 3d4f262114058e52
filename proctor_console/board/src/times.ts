// Times as people read them: in China's time, whatever zone this machine is set to.

const CHINA_MS = 8 * 3_600_000; // one zone for the whole country, no summer time

const two = (value: number): string => String(value).padStart(2, "0");

/** A date whose UTC fields are what China's clocks show. */
const china = (wallMs: number): Date => new Date(wallMs + CHINA_MS);

/** Milliseconds as minutes and seconds: `41:27`. */
export function minutes(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** A wall time as `9:18:33`. */
export function clock(wallMs: number): string {
  return `${hour(wallMs)}:${two(china(wallMs).getUTCSeconds())}`;
}

/** A wall time as `9:18`. */
export function hour(wallMs: number): string {
  const moment = china(wallMs);
  return `${moment.getUTCHours()}:${two(moment.getUTCMinutes())}`;
}

/** A seat as it is printed on the machine: two digits at least. */
export function seatNumber(number: number): string {
  return two(number);
}

/** A wall time as `06-20 15:20`. */
export function minutesPlain(wallMs: number): string {
  const moment = china(wallMs);
  return `${two(moment.getUTCMonth() + 1)}-${two(moment.getUTCDate())} ${hour(wallMs)}`;
}
