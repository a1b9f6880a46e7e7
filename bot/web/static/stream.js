// What is new, as it comes: a stream where the browser has room for one, else a look every two seconds.
import { $, page, say } from "./page.js";
import { read } from "./api.js";

// A browser opens six connections to one place; four streams leave room for sending.
const STREAMS = 4;
const LOOK = 2000;
const DEAD = 40000;
const CALM = 1200;

let cursor = page.entries.at(-1)?.seq ?? 0;
let heard = Date.now();
let warning = 0;
let on = { entries() {}, locale() {}, card() {}, back() {} };
let wake = () => {};

function alive() {
  heard = Date.now();
  clearTimeout(warning);
  warning = 0;
  if ($("state").dataset.state === "on") return;
  $("state").dataset.state = "on";
  $("state-text").textContent = say("online");
  on.back();
}

function lost() {
  // A blink is not worth a word.
  warning ||= setTimeout(() => {
    $("state").dataset.state = "off";
    $("state-text").textContent = say("connecting");
  }, CALM);
}

function take(entries) {
  alive();
  for (const entry of entries) cursor = Math.max(cursor, entry.seq);
  if (entries.length) on.entries(entries);
}

const pause = (ms) =>
  new Promise((done) => {
    wake = done;
    setTimeout(done, ms);
  });

/** One stream until it is closed for good; ends when it should be opened anew. */
function stream() {
  return new Promise((done) => {
    const source = new EventSource(`/events?${new URLSearchParams({ as: page.me.as, after: cursor })}`);
    const end = () => {
      lost();
      clearInterval(watch);
      source.close();
      done();
    };
    // A phone that slept has a stream that looks open and says nothing; a clock that was wrong may go back.
    const watch = setInterval(() => Math.abs(Date.now() - heard) > DEAD && end(), 5000);
    heard = Date.now();
    source.onopen = () => {
      alive();
      on.back();
    };
    source.onmessage = (event) => take([JSON.parse(event.data)]);
    source.addEventListener("beat", alive);
    source.addEventListener("locale", (event) => on.locale(event.data));
    source.addEventListener("card", (event) => on.card(JSON.parse(event.data)));
    source.onerror = () => {
      lost();
      if (source.readyState === EventSource.CLOSED) end();
    };
    wake = () => source.readyState !== EventSource.OPEN && end();
  });
}

async function look() {
  try {
    const { entries, locale, card } = await read("/news", { after: cursor });
    take(entries);
    on.card(card);
    on.locale(locale);
  } catch {
    lost();
  }
}

async function withSlot(run) {
  if (!navigator.locks) return run();
  for (let n = 0; n < STREAMS; n += 1) {
    const had = await navigator.locks.request(`herald-stream-${n}`, { ifAvailable: true }, async (lock) => {
      if (lock) await run();
      return Boolean(lock);
    });
    if (had) return true;
  }
  return false;
}

async function forever() {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    const before = Date.now();
    if (await withSlot(stream)) {
      if (Date.now() - before > 10000) wait = 500;
      await pause(wait);
    } else {
      await look();
      wait = 500;
      await pause(LOOK);
    }
  }
}

/** Start listening; `handlers` get entries, the person's language, the card, and a call when the connection is back. */
export function start(handlers) {
  on = handlers;
  const hurry = () => document.visibilityState === "visible" && wake();
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
  forever();
}
