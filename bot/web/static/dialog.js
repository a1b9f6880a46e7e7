// Dialogs close by a press beside them.
import { $ } from "./page.js";

function closeBeside(dialog) {
  let began = false;
  dialog.addEventListener("pointerdown", (event) => (began = event.target === dialog));
  dialog.addEventListener("click", (event) => began && event.target === dialog && dialog.close());
}

export const isOpen = () => document.querySelector("dialog[open]") !== null;

export function start() {
  closeBeside($("sheet"));
  closeBeside($("picker"));
  $("me").addEventListener("click", () => $("picker").showModal());
  $("picker-close").addEventListener("click", () => $("picker").close());
}
