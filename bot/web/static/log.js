// The list of messages: in order, each once, without a jump under the reader's eyes.
import { $, el, page, say } from "./page.js";
import { read } from "./api.js";
import { build } from "./entry.js";
import { dayKey, dayName } from "./times.js";

const NEAR = 120;
const scroller = $("scroller");
const log = $("log");
const pill = $("pill");
const known = new Set();
let deeds = null;
let unseen = 0;
let more = page.more;
let loading = false;
let failed = false;
let quiet = false;

const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
const seqOf = (node) => Number(node.dataset.seq);

export function toEnd() {
  scroller.scrollTop = scroller.scrollHeight;
  unseen = 0;
  pill.hidden = true;
}

/** Take away what may have the focus; that goes to the messages then, where a phone shows no keyboard. */
export function hide(node) {
  if (node.contains(document.activeElement)) scroller.focus({ preventScroll: true });
  node.hidden = true;
}

function place(entry) {
  const node = build(entry, deeds);
  node.dataset.day = dayKey(new Date(entry.at));
  let after = log.lastElementChild;
  while (after && (!after.dataset.seq || seqOf(after) > entry.seq)) after = after.previousElementSibling;
  if (after) after.after(node);
  else log.prepend(node);
  return node;
}

/** Put the day above its first message; in a page left open over night "today" becomes "yesterday". */
function head(node) {
  const name = dayName(new Date(node.querySelector("time").dateTime));
  const above = node.previousElementSibling;
  if (!above?.dataset.heads) node.before(el("h2", { class: "day", "data-heads": node.dataset.day }, el("span", {}, name)));
  else if (above.textContent !== name) above.firstChild.textContent = name;
}

/** A heading wherever the day changes; those that stand right stay, so that nobody hears them again. */
function headDays() {
  let day = "";
  for (const node of [...log.children]) {
    if (!node.dataset.seq) {
      const next = node.nextElementSibling;
      if (!next?.dataset.seq || next.dataset.day === day || next.dataset.day !== node.dataset.heads) node.remove();
      continue;
    }
    if (node.dataset.day !== day) head(node);
    day = node.dataset.day;
  }
}

/** Add messages, old or new; those that are there already are left out. */
export function add(entries) {
  const fresh = entries.filter((entry) => !known.has(entry.seq));
  if (!fresh.length) return [];
  const follow = atEnd();
  const newest = Math.max(0, ...known);
  fresh.forEach((entry) => known.add(entry.seq));
  const nodes = fresh.map(place);
  headDays();
  if (fresh.some((entry) => entry.mine)) hide($("welcome"));
  if (!quiet) settle(follow, fresh, nodes, newest);
  return fresh;
}

function settle(follow, fresh, nodes, newest) {
  const late = fresh.filter((entry) => entry.seq > newest);
  if (!late.length) return;
  if (follow) {
    toEnd();
    // A reply longer than the window is read from its beginning.
    const reply = nodes[fresh.indexOf(late[0])].querySelector(".theirs");
    const above = reply.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 16;
    if (above < 0) scroller.scrollTop += above;
  } else {
    unseen += late.length;
    pill.lastElementChild.textContent = say("new_messages", { n: unseen });
    pill.hidden = false;
  }
}

async function older() {
  if (!more || loading) return;
  loading = true;
  try {
    const found = await read("/history", { before: Math.min(...known) });
    more = found.more;
    const below = scroller.scrollHeight - scroller.scrollTop;
    log.setAttribute("aria-live", "off");
    quiet = true;
    add(found.entries);
    quiet = false;
    if (!more) hide($("older"));
    scroller.scrollTop = scroller.scrollHeight - below;
    requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
    failed = false;
  } catch {
    // Once it failed it waits for a press, or scrolling would ask again and again.
    failed = true;
  }
  $("older").textContent = say(failed ? "history_failed" : "older");
  loading = false;
}

/** Show what the page came with, then listen for scrolling; `does` is what messages let one do. */
export function start(does) {
  deeds = does;
  quiet = true;
  $("welcome").hidden = false;
  add(page.entries);
  quiet = false;
  $("older").hidden = !more;
  $("older").addEventListener("click", older);
  pill.addEventListener("click", () => {
    toEnd();
    $("text").focus({ preventScroll: true });
  });
  scroller.addEventListener("scroll", () => {
    if (scroller.scrollTop < 160 && !failed) older();
    if (atEnd()) {
      unseen = 0;
      pill.hidden = true;
    }
  });
  document.addEventListener("visibilitychange", headDays);
  // The keyboard of a phone and a growing text box take room from below: who was at the end stays there.
  let end = true;
  scroller.addEventListener("scroll", () => (end = atEnd()), { passive: true });
  new ResizeObserver(() => end && toEnd()).observe(scroller);
  toEnd();
  requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
}
