// The "/" menu: the commands, and after a command its options.
import { $, el, fold, icon, page, say } from "./page.js";

const menu = $("menu");
const list = $("menu-list");
let box = null;
let does = null;
let items = [];
let active = -1;
let dismissed = "";

const open = () => !menu.hidden;
const visible = (command) => command.params.filter((param) => !param.hidden);

function score(command, wish) {
  const names = command.names.map(fold);
  if (names.some((name) => name.startsWith(wish))) return 0;
  if (names.some((name) => name.includes(wish))) return 1;
  return fold(command.about).includes(wish) ? 2 : 3;
}

function commandRow(command) {
  const hint = visible(command).map((param) => (param.required ? `<${param.name}>` : `[${param.name}]`)).join(" ");
  const name = el("b", {}, `/${command.name}`);
  const top = el("span", { class: "name" }, name, hint ? el("span", { class: "params" }, hint) : null);
  if (command.role) top.append(el("span", { class: "role staff" }, command.role));
  return { run: () => does.pick(command), complete: () => does.write(`/${command.name} `), rows: [top, el("small", {}, command.about)] };
}

/** The commands by their names; by what they do only where no name fits, and of those none is chosen beforehand. */
function commandItems(wish) {
  const all = page.commands.map((command, at) => ({ command, at, score: wish ? score(command, wish) : 0 }));
  const most = all.some((found) => found.score < 2) ? 1 : 2;
  const rows = all
    .filter((found) => found.score <= most)
    .sort((one, two) => one.score - two.score || one.at - two.at)
    .map((found) => commandRow(found.command));
  return [rows, most < 2 ? 0 : -1];
}

function optionItems(command, typed) {
  const [, before, begun] = typed.match(/^([/／][^\s:：]*[\s:：]+(?:.*\s)?)(\S*)$/);
  const colon = page.locale.startsWith("zh") ? "：" : ":";
  const put = (words) => () => does.write(before + words);
  const rest = visible(command).filter((param) => !fold(before).includes(`${fold(param.name)}:`));
  const found = rest.flatMap((param) =>
    param.choices.length
      ? param.choices.map((choice) => ({ label: `${param.name}${colon}${choice.name}`, run: put(`${param.name}${colon}${choice.name} `), about: "" }))
      : [{ label: `${param.name}${colon}`, run: put(`${param.name}${colon}`), about: param.about || say(param.required ? "menu_option" : "form_optional") }],
  );
  const fitting = found.filter(({ label }) => label.length > begun.length && fold(label).startsWith(fold(begun)));
  const rows = fitting.map(({ label, run, about }) => ({ run, complete: run, rows: [el("span", { class: "name" }, el("b", {}, label)), about ? el("small", {}, about) : null] }));
  if (begun) return rows;
  const fill = () => does.fill(command);
  return [{ run: fill, complete: fill, rows: [el("span", { class: "name" }, icon("edit"), el("b", {}, say("menu_fill"))), el("small", {}, command.example)] }, ...rows];
}

function choose(at) {
  active = at;
  [...list.children].forEach((row, n) => row.setAttribute("aria-selected", String(n === at)));
  const row = list.children[at];
  if (row?.id) {
    box.setAttribute("aria-activedescendant", row.id);
    row.scrollIntoView({ block: "nearest" });
  } else box.removeAttribute("aria-activedescendant");
}

function show(found, first) {
  items = found;
  const rows = items.map((item, n) =>
    el(
      "li",
      {
        id: `menu-${n}`,
        role: "option",
        // A press must not take the focus, and with it the phone's keyboard, from the box.
        onpointerdown: (event) => event.pointerType === "mouse" && event.preventDefault(),
        onclick: () => run(n),
      },
      ...item.rows,
    ),
  );
  list.replaceChildren(...(rows.length ? rows : [el("li", { role: "option", "aria-disabled": "true", class: "none" }, say("menu_empty"))]));
  menu.hidden = false;
  list.scrollTop = 0;
  $("slash").setAttribute("aria-expanded", "true");
  $("menu-note").textContent = rows.length ? say("menu_found", { n: rows.length }) : say("menu_empty");
  choose(rows.length ? first : -1);
}

function run(at, how = "run") {
  const item = items[at];
  close();
  item[how]();
  if (how === "complete") update();
}

export function close() {
  menu.hidden = true;
  items = [];
  $("menu-note").textContent = "";
  $("slash").setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}

/** Show what fits the line in the box, or nothing. */
export function update() {
  const line = box.value;
  if (!/^[/／]/.test(line) || line.includes("\n") || line === dismissed) return close();
  dismissed = "";
  const match = line.slice(1).match(/^([^\s:：]*)([\s:：]*)/);
  const wish = fold(match[1]);
  if (!match[2]) return show(...commandItems(wish));
  const command = page.commands.find((known) => known.names.some((name) => fold(name) === wish));
  // A word that is no option yet is the text itself.
  if (!command || !visible(command).length || !/\s$|[:：]\S*$/.test(line)) return close();
  const found = optionItems(command, line);
  return found.length ? show(found, -1) : close();
}

export function toggle() {
  if (open()) {
    close();
    return;
  }
  dismissed = "";
  if (/^[/／]/.test(box.value)) update();
  else show(...commandItems(""));
  box.focus();
}

/** Whether the menu took the key. */
export function key(event) {
  if (!open() || event.ctrlKey || event.altKey || event.metaKey) return false;
  const last = items.length - 1;
  const moves = { ArrowDown: active >= last ? 0 : active + 1, ArrowUp: active <= 0 ? last : active - 1, Home: 0, End: last };
  if (event.key in moves && last >= 0 && !(active < 0 && /Home|End/.test(event.key))) choose(moves[event.key]);
  else if (event.key === "Enter" && !event.shiftKey && active >= 0) run(active);
  else if (event.key === "Tab" && !event.shiftKey && items.length) run(Math.max(active, 0), "complete");
  else if (event.key === "Escape") {
    dismissed = box.value;
    close();
  } else return false;
  event.preventDefault();
  return true;
}

export function start(text, deeds) {
  box = text;
  does = deeds;
  document.addEventListener("pointerdown", (event) => {
    if (open() && !event.target.closest(".dock")) close();
  });
}
