// Small helpers that make elements. No markup strings anywhere: names of people are data.

type Child = Node | string | null | false | undefined;
type Props = Record<string, string | number | boolean | EventListener | undefined>;

function fill(node: Element, props: Props, children: Child[]): void {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) node.append(child);
}

/** An HTML element: `h("p", {class: "note"}, "text")`; a function is an event listener. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  fill(node, props, children);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element, made the same way. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS(SVG, tag);
  fill(node, props, children);
  return node;
}

/** An icon of the page's sprite (templates/console/_icons.svg); decorative, words stand beside it. */
export function icon(name: string, size = 18): SVGSVGElement {
  return s(
    "svg",
    { class: "icon", width: size, height: size, viewBox: "0 0 24 24", "aria-hidden": "true" },
    s("use", { href: `#i-${name}` }),
  );
}

/** The element with this id; its absence is a bug of the page. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const node = document.getElementById(id);
  if (!node) throw new Error(`#${id} is not on this page`);
  return node as T;
}

/** Replace the children of `box`, keeping the focus on the element with the same data-key. */
export function redraw(box: Element, ...children: Child[]): void {
  const focused = document.activeElement;
  const key = focused && box.contains(focused) ? focused.getAttribute("data-key") : null;
  box.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
  if (!key) return;
  for (const node of box.querySelectorAll<HTMLElement>("[data-key]"))
    if (node.getAttribute("data-key") === key) node.focus({ preventScroll: true });
}

/** Set text only when it differs: the page ticks every second. */
export function say(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}
