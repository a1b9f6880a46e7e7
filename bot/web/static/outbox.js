// What is on its way: shown at once, sent again by the same id, and kept until the bot has it.
import { $, el, icon, newId, say } from "./page.js";
import { Failure, post } from "./api.js";
import * as drafts from "./drafts.js";
import * as log from "./log.js";
import { mine } from "./entry.js";

// What failed is tried again by itself, after twice as long each time.
const SOON = 2000;
const LATE = 60000;
const box = $("outbox");
const items = new Map();
let arrived = () => {};
let edit = () => {};
// One at a time: what is typed second is done second.
let before = Promise.resolve();

const keep = () => drafts.save("outbox", items.size ? [...items.values()].map(({ call, shown }) => ({ call, shown })) : null);

function drop(id) {
  const item = items.get(id);
  if (!item) return;
  log.hide(item.node);
  item.node.remove();
  items.delete(id);
  keep();
}

/** The bot's message for something of ours is here, by whichever way came first. */
export const settle = (entry) => entry.call && drop(entry.call);

function show(item, state, ...after) {
  const node = el("article", { class: `entry ${state}` }, mine(item.shown, ...after));
  if (item.node) {
    log.hide(item.node);
    item.node.replaceWith(node);
  } else box.append(node);
  item.node = node;
  log.toEnd();
}

function fail(item, failure) {
  item.again = failure.again;
  setTimeout(() => resend(item), item.wait);
  item.wait = Math.min(item.wait * 2, LATE);
  // What was tried by itself and failed once more is told already.
  if (item.again && item.node.matches(".failed")) return;
  const retry = el("button", { type: "button", class: "chip strong", onclick: () => deliver(item) }, icon("again"), say("retry"));
  const back = () => {
    drop(item.call.id);
    edit(item.shown);
  };
  const change = el("button", { type: "button", class: "chip", onclick: back }, icon("edit"), say("edit_again"));
  const why = el("p", { class: "wrong", role: "alert" }, failure.message);
  show(item, "failed", why, el("div", { class: "chips" }, retry, change));
}

function deliver(item) {
  show(item, "pending", el("p", { class: "meta" }, say("sending")));
  log.hide($("welcome"));
  queue(item);
}

function queue(item) {
  item.again = false;
  before = before.then(() => hand(item));
}

const resend = (item) => item.again && queue(item);

async function hand(item) {
  if (!items.has(item.call.id)) return;
  try {
    arrived([await post(item.call)], true);
  } catch (error) {
    if (!items.has(item.call.id)) return;
    fail(item, error instanceof Failure ? error : new Failure(say("failed_error"), true));
  }
}

function add(call, shown) {
  const item = { call, shown, node: null, again: false, wait: SOON };
  items.set(call.id, item);
  return item;
}

/** Send a line, or a command with its values that shows as the line `shown`. */
export function send(what, shown) {
  const item = add({ id: newId(), ...what }, shown);
  keep();
  deliver(item);
}

/** Whatever could not be sent for want of a connection goes now. */
export const flush = () => items.forEach(resend);

/** `onArrived` gets the messages that came back, `onEdit` a text to change; what a reload interrupted goes on. */
export function start(onArrived, onEdit) {
  arrived = onArrived;
  edit = onEdit;
  for (const { call, shown } of drafts.load("outbox") ?? []) deliver(add(call, shown));
}
