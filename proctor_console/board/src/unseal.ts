// The unseal page: counts the code as it is typed, sends it with the second person's login.

import "../styles/console.css";
import { byId, say } from "./dom";
import { post, Refused } from "./net";
import { t } from "./words";

const LENGTH = 28;

const form = document.getElementById("unseal") as HTMLFormElement | null;
if (form) {
  const input = (name: string): HTMLInputElement =>
    form.elements.namedItem(name) as HTMLInputElement;
  const typed = (): string => input("code").value.replace(/[\s-]/g, "");
  const go = form.querySelector<HTMLButtonElement>("button[type=submit]");
  const problem = byId("problem");

  const complain = (text: string): void => {
    problem.hidden = false;
    say(problem, text);
  };

  input("code").addEventListener("input", () =>
    say(byId("code-count"), t("code_count", { n: typed().length, of: LENGTH })));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (typed().length !== LENGTH) return complain(t("code_length", { n: typed().length, of: LENGTH }));
    const second = {
      login: input("second_login").value.trim(),
      password: input("second_password").value,
      code: input("second_code").value.trim(),
    };
    if (!second.login || !second.password) return complain(t("second_missing"));
    if (go) go.disabled = true;
    try {
      const id = form.dataset["sitting"] ?? "";
      await post(`/console/api/sittings/${id}/unseal`, { code: input("code").value.trim(), second });
      location.assign(`/console/sitting/${id}`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      input("second_password").value = input("second_code").value = "";
      complain(error.message);
      if (go) go.disabled = false;
    }
  });
}
