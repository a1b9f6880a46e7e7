// A form for what a command still wants to know.
import { $, composing, el, newId, page, say } from "./page.js";
import { post } from "./api.js";
import * as drafts from "./drafts.js";

const FEW = 4;
const sheet = $("sheet");
const fields = $("sheet-fields");
const wrong = $("sheet-wrong");
let form = null;
let busy = false;
let arrived = () => {};

const length = (value) => [...value.trim()].length;
const draftKey = ({ command, args }) => `form:${command}:${JSON.stringify(args)}`;
const values = () => Object.fromEntries(form.params.map((param) => [param.key, valueOf(param.key).trim()]));

function valueOf(name) {
  return $("sheet-form").elements.namedItem(name)?.value ?? "";
}

function problem(param, value) {
  if (!value) return param.required ? say("form_missing", { name: param.name }) : "";
  if (param.kind !== "long" && param.kind !== "text") return "";
  const n = length(value);
  if (param.low && n < param.low) return say("form_low", { low: param.low, n, more: param.low - n });
  if (param.high && n > param.high) return say("form_high", { high: param.high, n, over: n - param.high });
  return "";
}

function count(param, output, value) {
  const n = length(value);
  const bounds = { n, low: param.low, high: param.high };
  output.textContent = param.high ? say("counter", bounds) : say("counter_free", bounds);
  output.classList.toggle("over", Boolean(param.high && n > param.high));
}

function choices(param, id, value, described) {
  const all = param.required ? param.choices : [{ key: "", name: say("form_none") }, ...param.choices];
  if (param.choices.length > FEW) {
    const options = all.map(({ key, name }) => el("option", { value: key, selected: key === value }, name));
    if (param.required && !value) options.unshift(el("option", { value: "", selected: true }, say("form_choose")));
    return el("select", { ...described, id, name: param.key }, ...options);
  }
  const radios = all.map(({ key, name }, n) =>
    el("label", { class: "choice" }, el("input", { type: "radio", name: param.key, id: n ? `${id}-${n}` : id, value: key, checked: key === value }), el("span", {}, name)),
  );
  return el("div", { ...described, class: "choices", role: "radiogroup", "aria-labelledby": `${id}-label` }, ...radios);
}

const MODES = { number: "numeric", topic: "numeric", url: "url" };

function control(param, id, value) {
  const described = { "aria-describedby": `${id}-wrong ${id}-about`, "aria-required": String(param.required) };
  if (param.kind === "choice") return choices(param, id, value, described);
  const named = { ...described, id, name: param.key };
  if (param.kind !== "long") return el("input", { ...named, value, inputmode: MODES[param.kind] ?? "text", autocomplete: "off" });
  const area = el("textarea", { ...named, rows: 6 });
  area.value = value;
  return area;
}

function field(param, value) {
  const id = `field-${param.key}`;
  const radio = param.kind === "choice" && param.choices.length <= FEW;
  const label = el(radio ? "span" : "label", { id: `${id}-label`, class: "label", for: radio ? null : id }, param.name);
  if (!param.required) label.append(" ", el("small", {}, say("form_optional")));
  const node = el("div", { class: "field" }, label, control(param, id, value));
  const foot = el("p", { class: "foot" }, el("span", { id: `${id}-wrong`, class: "wrong" }), el("span", { id: `${id}-about` }, param.about));
  if (param.kind === "long") {
    const output = el("span", { class: "counter" });
    count(param, output, value);
    node.addEventListener("input", (event) => count(param, output, event.target.value));
    foot.append(output);
  }
  node.append(foot);
  return node;
}

function mark(param, text) {
  const id = `field-${param.key}`;
  $(`${id}-wrong`).textContent = text;
  const input = $(id);
  const marked = input.closest("[role=radiogroup]") ?? input;
  if (text) marked.setAttribute("aria-invalid", "true");
  else marked.removeAttribute("aria-invalid");
  return text ? input : null;
}

function complain(text) {
  wrong.textContent = text;
  wrong.hidden = !text;
}

/** A reply's words without what they give back at their end and the form holds anyway. */
function refusal({ title, text }) {
  const held = Object.values(values()).filter(Boolean).map((value) => `\n${value}`);
  const left = held.reduceRight((said, end) => (said.endsWith(end) ? said.slice(0, -end.length) : said), text);
  const said = left === text ? text : left.replace(/:$/, ".").replace(/：$/, "。");
  return [title, said].filter(Boolean).join(" ");
}

function setBusy(now) {
  busy = now;
  $("sheet-send").setAttribute("aria-disabled", String(now));
  $("sheet-form").setAttribute("aria-busy", String(now));
}

async function submit(event) {
  event.preventDefault();
  if (busy) return;
  const bad = form.params.map((param) => mark(param, problem(param, valueOf(param.key)))).filter(Boolean);
  if (bad.length) {
    bad[0].focus();
    bad[0].closest(".field").querySelector(".wrong").scrollIntoView({ block: "nearest" });
    return;
  }
  complain("");
  setBusy(true);
  const sent = form;
  const args = { ...sent.args, ...values() };
  // The same content again is the same call, so that a lost answer does not file it twice.
  const content = JSON.stringify(args);
  if (sent.content !== content) Object.assign(sent, { content, id: newId() });
  try {
    const entry = await post({ id: sent.id, command: sent.command, args }, "form_offline");
    settle(sent, entry);
  } catch (failure) {
    complain(`${failure.message} ${say("form_failed")}`);
    $("sheet-send").textContent = say("form_again");
  }
  setBusy(false);
}

function settle(sent, entry) {
  const { reply } = entry;
  // A way on that takes the same words is a button under the reply, where this form would hide it.
  const onward = !reply.form && reply.buttons.some((button) => button.command === sent.command);
  if (reply.error && !onward) {
    sent.content = null;
    complain(refusal(reply));
    arrived([entry], false);
    return;
  }
  if (!reply.error) drafts.save(draftKey(sent), null);
  sheet.close();
  arrived([entry], true);
}

function keep() {
  drafts.save(draftKey(form), values());
}

const settledIn = (spec, names, args) => spec.params.filter((param) => args[param.key] && !param.hidden && !names.includes(param.key));

/** The command as a heading, with the topic that it is about. */
function heading(spec, names, args) {
  const topic = settledIn(spec, names, args).find((param) => param.key === "topic");
  const name = spec.name.replaceAll("-", " ");
  return topic ? `${name} ${args.topic.replace(/#?(\d+)/g, "#$1")}` : name;
}

/** What the form is about: its reply's words, and what else is settled already, such as the state that a topic gets. */
function about(spec, names, args, reply) {
  const settled = settledIn(spec, names, args).filter((param) => param.key !== "topic");
  const chosen = (param) => param.choices.find(({ key }) => key === args[param.key])?.name ?? args[param.key];
  const told = settled.map((param) => `${param.name} ${chosen(param)}`);
  return [reply && !reply.error ? reply.text : spec.about, ...told].filter(Boolean).join("\n");
}

/** Open the form that a reply carries, or the whole form of a command. */
export function open({ command, fields: names, args = {} }, reply = null) {
  const spec = page.commands.find((known) => known.key === command);
  if (!spec) return;
  const asked = spec.params.filter((param) => names.includes(param.key));
  // What a reply asks for alone is needed now, also where the command can do other things without it.
  const params = reply && asked.length === 1 ? [{ ...asked[0], required: true }] : asked;
  form = { command, args, params, id: null, content: null };
  const kept = drafts.load(draftKey(form)) ?? {};
  $("sheet-title").textContent = heading(spec, names, args);
  $("sheet-about").textContent = about(spec, names, args, reply);
  $("sheet-send").textContent = say("form_send");
  fields.replaceChildren(...params.map((param) => field(param, kept[param.key] || args[param.key] || "")));
  if (!sheet.open) sheet.showModal();
  // Only what changes in an open dialog is read out.
  complain(reply?.error ? refusal(reply) : "");
  fields.querySelector("textarea, input, select")?.focus();
}

/** Close and keep what is written. */
function leave() {
  sheet.close();
}

export function start(onArrived) {
  arrived = onArrived;
  $("sheet-form").addEventListener("submit", submit);
  $("sheet-form").addEventListener("input", keep);
  $("sheet-form").addEventListener("change", keep);
  $("sheet-form").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || composing(event)) return;
    const area = event.target.tagName === "TEXTAREA";
    // In a long text Enter is a new line; with Ctrl or ⌘ it sends.
    if (area && (event.ctrlKey || event.metaKey)) submit(event);
  });
  $("sheet-close").addEventListener("click", leave);
  $("sheet-cancel").addEventListener("click", leave);
}
