// What is on its way: shown at once, sent again by the same id, and kept until the bot has it.
import { $, el, icon, newId, say } from "./page.js";
import { Failure, post } from "./api.js";
import * as drafts from "./drafts.js";
import * as log from "./log.js";
import { mine } from "./entry.js";

const box = $("outbox");
const items = new Map();
let arrived = () => {};
let edit = () => {};
// One at a time: what is typed second is done second.
let before = Promise.resolve();

const keep = () => drafts.save("outbox", items.size ? [...items.values()].map(({ call, shown }) => ({ call, shown })) : null);

function drop(id) {
  items.get(id)?.node.remove();
  items.delete(id);
  keep();
}

/** The bot's message for something of ours is here, by whichever way came first. */
export const settle = (entry) => entry.call && drop(entry.call);

function fail(item, failure) {
  item.again = failure.again;
  const retry = el("button", { type: "button", class: "chip strong", onclick: () => deliver(item) }, icon("again"), say("retry"));
  const back = () => {
    drop(item.call.id);
    edit(item.shown);
  };
  const change = el("button", { type: "button", class: "chip", onclick: back }, icon("edit"), say("edit_again"));
  const why = el("p", { class: "wrong", role: "alert" }, failure.message);
  const node = el("article", { class: "entry failed" }, mine(item.shown, why, el("div", { class: "chips" }, retry, change)));
  item.node.replaceWith(node);
  item.node = node;
  log.toEnd();
}

async function deliver(item) {
  const node = el("article", { class: "entry pending" }, mine(item.shown, el("p", { class: "meta" }, say("sending"))));
  if (item.node) {
    log.hide(item.node);
    item.node.replaceWith(node);
  } else box.append(node);
  item.node = node;
  log.hide($("welcome"));
  log.toEnd();
  before = before.then(() => hand(item));
  await before;
}

async function hand(item) {
  try {
    arrived([await post(item.call)], true);
  } catch (error) {
    if (!items.has(item.call.id)) return;
    fail(item, error instanceof Failure ? error : new Failure(say("failed_error"), true));
  }
}

/** Send a line, or a command with its values that shows as the line `shown`. */
export function send(what, shown) {
  const item = { call: { id: newId(), ...what }, shown, node: null, again: false };
  items.set(item.call.id, item);
  keep();
  return deliver(item);
}

/** Whatever could not be sent for want of a connection goes now. */
export function flush() {
  for (const item of items.values()) {
    if (item.again) {
      item.again = false;
      deliver(item);
    }
  }
}

/** `onArrived` gets the messages that came back, `onEdit` a text to change; what a reload interrupted goes on. */
export function start(onArrived, onEdit) {
  arrived = onArrived;
  edit = onEdit;
  for (const { call, shown } of drafts.load("outbox") ?? []) {
    const item = { call, shown, node: null, again: false };
    items.set(call.id, item);
    deliver(item);
  }
}
