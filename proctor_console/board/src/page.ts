// Plain pages: the style, and forms that cannot be sent twice.

import "../styles/console.css";

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-once]"))
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll<HTMLButtonElement>("button[type=submit]"))
      button.disabled = true;
  });
