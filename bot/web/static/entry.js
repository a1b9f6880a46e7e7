// One message as elements.
import { el, icon, page, say } from "./page.js";
import { inline, link, paragraphs } from "./links.js";
import { long, short } from "./times.js";

/** What I said: a bubble on my side. */
export function mine(line, ...after) {
  return el(
    "div",
    { class: "mine" },
    el("span", { class: "sr" }, say("someone_me")),
    el("div", { class: "bubble" }, ...inline(line)),
    ...after,
  );
}

function seen(reply) {
  if (reply.private) return el("span", { class: "mark" }, icon("lock"), say("private"));
  return reply.notice ? el("span", { class: "mark" }, icon("all"), say("public")) : null;
}

/** A file to take away, and what is in it under a line that opens. */
function enclosed(file, seq) {
  if (!file) return null;
  const query = new URLSearchParams({ as: page.me.as });
  const save = el("a", { class: "chip strong", href: `/files/${seq}?${query}`, download: file.name }, icon("save"), say("file_save", { name: file.name }));
  return el(
    "div",
    { class: "file" },
    save,
    el("details", {}, el("summary", {}, say("file_open")), el("pre", { tabindex: "0" }, file.text)),
  );
}

export function chips(reply, deeds) {
  const buttons = reply.buttons.map((button) =>
    el("button", { type: "button", class: "chip", onclick: () => deeds.press(button) }, button.label),
  );
  if (reply.form && page.commands.some((command) => command.key === reply.form.command)) {
    const open = () => deeds.open(reply.form, reply);
    buttons.unshift(el("button", { type: "button", class: "chip strong", onclick: open }, icon("edit"), say("open_form")));
  }
  if (reply.url) {
    const go = link(reply.url, icon("link"), say("open_link"));
    go.className = "chip strong";
    go.title = reply.url;
    buttons.unshift(go);
  }
  return buttons.length ? el("div", { class: "chips" }, ...buttons) : null;
}

/** A message: what I typed, if I did, and what the bot says. */
export function build(entry, deeds) {
  const { reply } = entry;
  const at = new Date(entry.at);
  const again = () => deeds.edit(entry.line);
  const edit = el("button", { type: "button", class: "quiet", onclick: again }, icon("edit"), say("edit_again"));
  return el(
    "article",
    { class: "entry", "data-seq": entry.seq },
    entry.line ? mine(entry.line, reply.error ? edit : null) : null,
    el(
      "div",
      { class: `theirs${reply.error ? " error" : ""}${reply.notice ? " notice" : ""}` },
      el("img", { class: "face", src: new URL("icon.svg", import.meta.url), alt: "", width: 32, height: 32 }),
      el(
        "div",
        { class: "said" },
        el("span", { class: "sr" }, say("bot")),
        el(
          "div",
          { class: "bubble" },
          reply.title ? el("h3", {}, reply.error ? icon("alert") : null, reply.title) : null,
          ...paragraphs(reply.text),
        ),
        enclosed(reply.file, entry.seq),
        chips(reply, deeds),
        el("div", { class: "meta" }, el("time", { datetime: entry.at, title: long(at) }, short(at)), seen(reply)),
      ),
    ),
  );
}
