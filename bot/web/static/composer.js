// The box one writes in.
import { $, composing } from "./page.js";
import * as drafts from "./drafts.js";
import * as menu from "./menu.js";

const text = $("text");
let send = () => {};
let last = "";

function fit() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

function changed() {
  fit();
  drafts.save("text", text.value);
  $("composer").classList.toggle("filled", text.value.trim() !== "");
}

function typed() {
  // The key of "/" writes "、" while a Chinese input method is on.
  if (text.value === "、") text.value = "/";
  changed();
  menu.update();
}

/** Put words into the box, after what stands there, and go there. */
export function write(words, { replace = false } = {}) {
  const kept = replace ? "" : text.value.trim();
  text.value = kept && kept !== words ? `${words}\n${kept}` : words;
  changed();
  text.focus();
  text.setSelectionRange(words.length, words.length);
}

function submit() {
  const line = text.value.trim();
  if (!line) return;
  last = line;
  text.value = "";
  changed();
  menu.close();
  send(line);
}

function onKey(event) {
  if (composing(event) || menu.key(event)) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit();
  } else if (event.key === "ArrowUp" && !text.value && last) {
    event.preventDefault();
    write(last, { replace: true });
  }
}

export function start(onSend, onPick, onFill) {
  send = onSend;
  // Where the button opened the menu, what stands in the box is no command and stays.
  const begun = () => /^[/／]/.test(text.value);
  const instead = (act) => (command) => {
    if (begun()) {
      text.value = "";
      changed();
    }
    act(command);
  };
  menu.start(text, {
    pick: instead(onPick),
    fill: instead(onFill),
    write: (words) => write(begun() ? words : words + text.value, { replace: true }),
  });
  // One may type before this runs, on a slow network for seconds.
  text.value = [drafts.load("text"), text.value].filter(Boolean).join("\n");
  changed();
  text.addEventListener("keydown", onKey);
  text.addEventListener("input", (event) => (event.isComposing ? changed() : typed()));
  text.addEventListener("compositionend", typed);
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
    text.focus();
  });
  $("slash").addEventListener("click", () => menu.toggle());
  if (matchMedia("(hover: hover) and (pointer: fine)").matches) text.focus({ preventScroll: true });
}
