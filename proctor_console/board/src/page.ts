// Plain pages: the style, forms that cannot be sent twice, lists ticked at once, and printing.

import "../styles/console.css";

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-once]"))
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll<HTMLButtonElement>("button[type=submit]"))
      button.disabled = true;
  });

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-tick]"))
  button.addEventListener("click", () => {
    for (const box of document.querySelectorAll<HTMLInputElement>(`input[name="${button.dataset.tick}"]`))
      box.checked = !box.disabled;
  });

for (const button of document.querySelectorAll("[data-print]"))
  button.addEventListener("click", () => window.print());
