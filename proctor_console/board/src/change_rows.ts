// What a correction does, a row for each item: which item of which form, what is done to it, and for
// another answer its letters.

import { byId, say } from "./dom";
import { t } from "./words";

/** One item of one form, and what is done to it; `letters`: canonical, empty where none are asked. */
export interface Change {
  form: string;
  item: string;
  change: string;
  letters: string;
}

type Control = HTMLSelectElement | HTMLInputElement;

const WITH_LETTERS = new Set(["key", "accept"]);

/** The rows of the proposal; the first is there from the beginning. */
export class ChangeRows {
  private readonly box = byId("changes");
  private readonly pattern = byId<HTMLTemplateElement>("change-row");

  constructor() {
    byId("change-add").addEventListener("click", () => control(this.add(), "item").focus());
    this.add();
  }

  /** What the rows say, from the first to the last. */
  changes(): Change[] {
    return this.rows().map((row) => {
      const value = (name: string): string => control(row, name).value.trim();
      return { form: value("form"), item: value("item"), change: value("change"),
        letters: WITH_LETTERS.has(value("change")) ? value("letters").toLowerCase() : "" };
    });
  }

  /** Point at the last row about this item: a refusal named it. None: at no row. */
  pointAt(item: unknown): void {
    const rows = this.rows();
    const meant = rows.filter((row) => control(row, "item").value === item).pop();
    for (const row of rows) row.classList.toggle("is-wrong", row === meant);
    meant?.scrollIntoView({ block: "nearest" });
  }

  private rows(): HTMLElement[] {
    return [...this.box.querySelectorAll<HTMLElement>(".change-row")];
  }

  /** Another row: of the same form as the one before, about an item that no row names yet. */
  private add(): HTMLElement {
    const before = this.rows().pop();
    const made = this.pattern.content.cloneNode(true) as DocumentFragment;
    const row = made.firstElementChild as HTMLElement;
    const form = control(row, "form");
    if (before) form.value = control(before, "form").value;
    form.addEventListener("change", () => this.fill(row));
    control(row, "change").addEventListener("change", () => this.settle());
    button(row).addEventListener("click", () => this.remove(row));
    this.fill(row);
    this.box.append(row);
    this.settle();
    return row;
  }

  private remove(row: HTMLElement): void {
    row.remove();
    this.settle();
    byId("change-add").focus();
  }

  /** The items of the row's form. */
  private fill(row: HTMLElement): void {
    const [form, item] = [control(row, "form").value, control(row, "item") as HTMLSelectElement];
    const named = new Set(this.changes().filter((one) => one.form === form).map((one) => one.item));
    const items = document.querySelector<HTMLTemplateElement>(`template[data-form="${form}"]`);
    item.replaceChildren(...(items ? [items.content.cloneNode(true)] : []));
    const free = [...item.options].find((one) => !named.has(one.value));
    if (free) free.selected = true;
  }

  /** What is done decides whether letters are asked; a single row cannot be removed. */
  private settle(): void {
    const rows = this.rows();
    for (const [at, row] of rows.entries()) {
      const change = control(row, "change") as HTMLSelectElement;
      const letters = control(row, "letters").closest<HTMLElement>(".field");
      if (letters) letters.hidden = !WITH_LETTERS.has(change.value);
      say(row.querySelector("[data-note]:not(option)") ?? row, change.selectedOptions[0]?.dataset.note ?? "");
      button(row).hidden = rows.length === 1;
      button(row).setAttribute("aria-label", t("remove_change", { n: at + 1 }));
    }
    byId("letters-note").hidden = this.changes().every((one) => !WITH_LETTERS.has(one.change));
  }
}

function control(row: HTMLElement, name: string): Control {
  const found = row.querySelector<Control>(`[name="${name}"]`);
  if (!found) throw new Error(`${name} is not in this row`);
  return found;
}

function button(row: HTMLElement): HTMLButtonElement {
  return row.querySelector("button") as HTMLButtonElement;
}
