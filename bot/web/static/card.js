// What stands above the chat: one line that opens, and follows every change.
import { $, page } from "./page.js";
import { chips } from "./entry.js";
import { paragraphs } from "./links.js";

let deeds = null;
let last = "";

/** Show the card as it is now; nothing where there is none. */
export function show(card) {
  const said = JSON.stringify(card);
  if (said === last) return;
  last = said;
  $("card").hidden = !card;
  if (!card) return;
  const [summary, body] = $("card").children;
  const [first, ...more] = card.text.split("\n");
  summary.querySelector("b").textContent = card.title;
  summary.querySelector("small").textContent = first;
  body.replaceChildren(...[...paragraphs(more.join("\n")), chips(card, deeds)].filter(Boolean));
}

/** Show what the page came with; `does` is what its buttons do. */
export function start(does) {
  deeds = does;
  show(page.card);
}
