/** Long pages scroll; a bar at their foot says that there is more, so that nobody misses it. */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./Icon";
import { useWords } from "./words";

const OVERLAP_PX = 80;

/** A box that scrolls, and whether something of it is below its edge. */
export function useOverflow() {
  const box = useRef<HTMLElement>(null);
  const [more, setMore] = useState(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => {
      const below = element.scrollHeight - element.clientHeight - element.scrollTop;
      // no more than the box's own margin below the edge is no content
      setMore(below > parseFloat(getComputedStyle(element).paddingBottom) + 1);
    };
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    for (const child of Array.from(element.children)) watcher.observe(child);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      watcher.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
  return { box, more };
}

/** The bar: a click goes on by one page; the keyboard scrolls the box itself. */
export function MoreBelow({ box }: { box: RefObject<HTMLElement | null> }) {
  const words = useWords();
  const down = () => box.current?.scrollBy(0, box.current.clientHeight - OVERLAP_PX);
  return (
    <button type="button" class="more" tabIndex={-1} onClick={down}>
      {words("answer.more")}
      <Icon name="down" size={20} />
    </button>
  );
}
