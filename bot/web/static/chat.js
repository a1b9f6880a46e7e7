// Puts the parts together.
import { $, el, page } from "./page.js";
import * as badge from "./badge.js";
import * as card from "./card.js";
import * as composer from "./composer.js";
import * as dialog from "./dialog.js";
import * as log from "./log.js";
import * as outbox from "./outbox.js";
import * as sheet from "./sheet.js";
import * as stream from "./stream.js";
import * as view from "./view.js";

/** Messages are here; the form of one that this tab asked for opens by itself, but over no other. */
function arrived(entries, asked) {
  entries.forEach(outbox.settle);
  const fresh = log.add(entries);
  const reply = asked ? entries[0].reply : null;
  if (reply?.form && !dialog.isOpen()) sheet.open(reply.form, reply);
  return fresh;
}

const fields = (command) => command.params.filter((param) => !param.hidden);
const fill = (command) => sheet.open({ command: command.key, fields: fields(command).map((param) => param.key) });

function pick(command) {
  if (fields(command).some((param) => param.required)) fill(command);
  else outbox.send({ command: command.key, args: {} }, `/${command.name}`);
}

// The page is made in one language; to change it waits until nobody is in the middle of writing.
let stale = false;
let composing = false;

function renew() {
  if (stale && !composing && !dialog.isOpen()) location.reload();
}

function follow(locale) {
  stale = locale !== page.locale;
  renew();
}

function compose(now) {
  composing = now;
  renew();
}

addEventListener("compositionstart", () => compose(true));
addEventListener("compositionend", () => compose(false));
addEventListener("close", renew, true);
view.start();
dialog.start();
const deeds = {
  press: (button) => outbox.send({ command: button.command, args: button.args }, button.line),
  open: sheet.open,
  edit: (line) => composer.write(line),
};
card.start(deeds);
log.start(deeds);
sheet.start(arrived);
composer.start((line) => outbox.send({ line }, line), pick, fill);
outbox.start(arrived, (line) => composer.write(line));
stream.start({
  entries: (entries) => badge.countNew(arrived(entries, false).length),
  locale: follow,
  card: card.show,
  back: outbox.flush,
});
for (const key of page.suggested) {
  const command = page.commands.find((known) => known.key === key);
  $("starters").append(el("button", { type: "button", class: "chip", onclick: () => pick(command) }, command.name));
}
