/** Line icons on a 24-unit grid; always beside a word, so hidden from assistive technology. */

const PATHS = {
  check: "M4 12.5l5 5L20 6.5",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  flag: "M5 21V4m0 1h13l-3 4 3 4H5",
  hand: "M7 12V6.5a1.5 1.5 0 013 0V11m0-6a1.5 1.5 0 013 0v6m0-4.500a1.500 1.500 0 013 0V12m0-2.500a1.500 1.500 0 013 0V15a6 6 0 01-6 6h-1.500a6 6 0 01-4.600-2.200L4.300 15.300a1.500 1.500 0 012.200-2L7 14",
  unlink: "M9.500 7.500H7a4.500 4.500 0 000 9h2.500M14.500 7.500H17a4.500 4.500 0 012.300 8.300M9 12h3M3.500 3.500l17 17",
  cross: "M6 6l12 12M18 6L6 18",
  down: "M5 9l7 7 7-7",
  screen: "M3 5h18v11H3zM9 20h6M12 16v4",
  warning: "M12 4L2.500 20h19zM12 10v5M12 17.300v.400",
  clock: "M12 3a9 9 0 100 18 9 9 0 000-18zM12 7v5.500l3.500 2",
  message: "M4 5h16v11H10l-4 4v-4H4z",
  pause: "M8 5v14M16 5v14",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg class={name === "check" ? "icon bold" : "icon"} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Half-filled disc of the contrast switch. */
export function ContrastIcon() {
  return (
    <svg class="icon" width={22} height={22} viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="12" cy="12" r="8.500" />
      <path class="solid" d="M12 3.500a8.500 8.500 0 010 17z" />
    </svg>
  );
}

/** The mark's triangle, also used in the corner of a number. */
export function Corner() {
  return (
    <svg class="corner" width={14} height={14} viewBox="0 0 14 14" aria-hidden="true">
      <path d="M.700.700h12.600v12.600z" />
    </svg>
  );
}
