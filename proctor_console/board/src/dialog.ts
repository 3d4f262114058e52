// One dialog for every act: what happens, the fields it needs, one button that says it.

import { h, icon, redraw } from "./dom";
import { Refused } from "./net";
import { t } from "./words";

export interface DialogSpec {
  title: string;
  text?: string;
  facts?: [string, string][];
  /** ask for a reason, with sentences that often fit */
  reason?: string[];
  /** ask for minutes and seconds, filled in with this many seconds */
  seconds?: number;
  /** ask for a text, with this label */
  text_label?: string;
  /** ask for one of these: value → label; a weighty one has nothing chosen beforehand */
  choice?: { label: string; options: [string, string][]; weighty?: boolean };
  /** ask for one of many: groups of value → label, the first chosen beforehand */
  pick?: { label: string; groups: [string, [string, string][]][] };
  /** ask for a file's text, with this label */
  file_label?: string;
  /** a second person's login and password: asked at once, or only once the server wants it */
  second?: "always" | "if_asked";
  go: string;
  danger?: boolean;
  send: (given: Given) => Promise<unknown>;
}

export interface Given {
  reason: string;
  seconds: number;
  text: string;
  choice: string;
  pick: string;
  second: { login: string; password: string; code: string } | null;
}

const SECOND_WANTED = /^second_/;
const MINUTES = [1, 3, 5, 10];
let open: HTMLDialogElement | null = null;

/** Show the dialog; resolves true once the act is done, false when it was left. */
export function dialog(spec: DialogSpec): Promise<boolean> {
  open?.close();
  return new Promise((resolve) => new ActDialog(spec, resolve));
}

class ActDialog {
  private readonly box: HTMLDialogElement;
  private readonly problem = h("p", { class: "problem", role: "alert", hidden: true });
  private readonly reason = area("reason", "reason");
  private readonly text = area("text", "dialog-text");
  private readonly minutes = number("grant-minutes", "minutes", 600);
  private readonly seconds = number("grant-seconds", "seconds", 59);
  private readonly login = field("second-login", "text");
  private readonly password = field("second-password", "password");
  private readonly code = field("second-code", "text");
  private readonly file = h("input", { type: "file", accept: ".json", "data-test": "dialog-file" });
  private readonly list = h("select", { "data-test": "dialog-pick" });
  private readonly second: HTMLElement;
  private readonly go: HTMLButtonElement;
  private choice = "";
  private done = false;

  constructor(
    private readonly spec: DialogSpec,
    resolve: (done: boolean) => void,
  ) {
    this.second = this.secondFields();
    this.go = h(
      "button",
      {
        type: "submit",
        class: `button ${spec.danger ? "is-danger-solid" : "is-primary"}`,
        "data-test": "dialog-go",
      },
      spec.go,
    );
    const form = h(
      "form",
      { method: "dialog", novalidate: true, submit: (event: Event) => void this.submit(event) },
      h("h2", { id: "dialog-title" }, spec.title),
      spec.text && h("p", {}, spec.text),
      spec.facts && facts(spec.facts),
      ...this.fields(),
      this.problem,
      h(
        "div",
        { class: "dialog-foot" },
        h("button", { type: "button", class: "button is-plain", click: () => this.box.close() },
          t("cancel")),
        this.go,
      ),
    );
    this.box = h("dialog", { "aria-labelledby": "dialog-title", class: "act" }, form);
    this.box.addEventListener("close", () => {
      this.box.remove();
      if (open === this.box) open = null;
      resolve(this.done);
    });
    document.body.append(this.box);
    open = this.box;
    this.box.showModal();
    (form.querySelector<HTMLElement>("input, select, textarea") ?? this.go).focus();
  }

  private fields(): (HTMLElement | false)[] {
    const { spec } = this;
    return [
      spec.seconds !== undefined && this.durationFields(spec.seconds),
      spec.pick !== undefined && this.pickFields(spec.pick),
      spec.choice !== undefined && this.choiceFields(spec.choice),
      spec.file_label !== undefined && labelled(spec.file_label, this.file),
      spec.text_label !== undefined && labelled(spec.text_label, this.text),
      spec.reason !== undefined && this.reasonFields(spec.reason),
      spec.second !== undefined && this.second,
    ];
  }

  private durationFields(seconds: number): HTMLElement {
    this.minutes.value = String(Math.floor(seconds / 60));
    this.seconds.value = String(seconds % 60);
    const quick = MINUTES.map((value) =>
      h("button", {
        type: "button", class: "chip",
        click: () => {
          this.minutes.value = String(value);
          this.seconds.value = "0";
        },
      }, t("n_minutes", { n: value })));
    return h(
      "div",
      { class: "field" },
      h("div", { class: "duration" },
        h("label", {}, this.minutes, h("span", {}, t("minutes"))),
        h("label", {}, this.seconds, h("span", {}, t("seconds")))),
      h("div", { class: "chips" }, ...quick),
    );
  }

  private choiceFields(choice: NonNullable<DialogSpec["choice"]>): HTMLElement {
    this.choice = choice.weighty ? "" : (choice.options[0]?.[0] ?? "");
    const radios = choice.options.map(([value, label], index) =>
      h("label", { class: "radio" },
        h("input", { type: "radio", name: "choice", value, checked: index === 0 && !choice.weighty,
          "data-test": `choice-${value}`, change: () => (this.choice = value) }),
        h("span", {}, label)));
    return h("fieldset", { class: "field" }, h("legend", {}, choice.label), ...radios);
  }

  private pickFields(pick: NonNullable<DialogSpec["pick"]>): HTMLElement {
    for (const [name, options] of pick.groups.filter(([, options]) => options.length > 0))
      this.list.append(h("optgroup", { label: name },
        ...options.map(([value, label]) => h("option", { value }, label))));
    return labelled(pick.label, this.list);
  }

  private reasonFields(often: string[]): HTMLElement {
    const chips = often.map((words) =>
      h("button", {
        type: "button", class: "chip",
        click: () => {
          this.reason.value = words;
          this.reason.focus();
        },
      }, words));
    return h("div", { class: "field" }, labelled(t("reason"), this.reason),
      h("div", { class: "chips" }, ...chips));
  }

  private secondFields(): HTMLElement {
    return h(
      "fieldset",
      { class: "field second", hidden: this.spec.second === "if_asked" },
      h("legend", {}, t("second_person")),
      labelled(t("login"), this.login),
      labelled(t("password"), this.password),
      labelled(t("second_code"), this.code),
    );
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    const missing = this.missing();
    if (missing) {
      this.say(missing);
      return;
    }
    this.go.disabled = true;
    redraw(this.go, icon("clock"), t("working_on_it"));
    try {
      const file = this.file.files?.[0];
      await this.spec.send({ ...this.given(), ...(file ? { text: await file.text() } : {}) });
      this.done = true;
      this.box.close();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refused(error);
    } finally {
      this.go.disabled = false;
      redraw(this.go, this.spec.go);
    }
  }

  private refused(error: Refused): void {
    if (this.spec.second && this.second.hidden && SECOND_WANTED.test(error.code)) {
      this.second.hidden = false;
      this.login.focus();
    }
    this.password.value = this.code.value = "";
    this.say(error.message);
  }

  private missing(): string | null {
    const given = this.given();
    if (this.spec.choice && !given.choice) return t("choice_missing");
    if (this.spec.reason && !given.reason) return t("reason_missing");
    if (this.spec.file_label && !this.file.files?.length) return t("file_missing");
    if (this.spec.text_label && !given.text) return t("text_missing");
    if (this.spec.seconds !== undefined && given.seconds <= 0) return t("time_missing");
    const asksSecond = this.spec.second && !this.second.hidden;
    return asksSecond && !given.second ? t("second_missing") : null;
  }

  private given(): Given {
    const login = this.login.value.trim();
    const second = !this.second.hidden && login && this.password.value
      ? { login, password: this.password.value, code: this.code.value.trim() } : null;
    return {
      reason: this.reason.value.trim(),
      seconds: whole(this.minutes) * 60 + whole(this.seconds),
      text: this.text.value.trim(),
      choice: this.choice,
      pick: this.list.value,
      second,
    };
  }

  private say(text: string): void {
    this.problem.hidden = false;
    this.problem.textContent = text;
  }
}

function whole(input: HTMLInputElement): number {
  const value = Number.parseInt(input.value, 10);
  return Number.isFinite(value) && value > 0 ? value : 0;
}

function labelled(label: string, input: HTMLElement): HTMLElement {
  return h("label", { class: "field" }, h("span", {}, label), input);
}

function area(name: string, test: string): HTMLTextAreaElement {
  return h("textarea", { name, rows: 2, maxlength: 500, "data-test": test });
}

function number(test: string, name: string, max: number): HTMLInputElement {
  return h("input", { type: "number", name, min: 0, max, step: 1, inputmode: "numeric",
    "data-test": test, value: 0 });
}

function field(test: string, type: string): HTMLInputElement {
  return h("input", { type, autocomplete: "off", "data-test": test });
}

function facts(rows: [string, string][]): HTMLElement {
  return h("dl", { class: "facts" },
    ...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}
