// Taking a centre's result package in: the file goes up as it is, the server checks all of it.

import "../styles/console.css";
import { byId, say } from "./dom";
import { Refused, send } from "./net";

const form = byId<HTMLFormElement>("intake");
const file = byId<HTMLInputElement>("package");
const problem = byId("intake-problem");

async function takeIn(chosen: File): Promise<void> {
  const button = form.querySelector("button");
  if (button) button.disabled = true;
  say(problem, "");
  try {
    const found = await send<{ id: string }>("/console/api/imported", chosen);
    location.assign(`/console/imported/${found.id}`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(problem, error.message);
    if (button) button.disabled = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const chosen = file.files?.[0];
  if (chosen) void takeIn(chosen);
});
