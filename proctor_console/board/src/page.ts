// Plain pages: the style, forms that cannot be sent twice, and printing.

import "../styles/console.css";

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-once]"))
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll<HTMLButtonElement>("button[type=submit]"))
      button.disabled = true;
  });

for (const button of document.querySelectorAll("[data-print]"))
  button.addEventListener("click", () => window.print());
