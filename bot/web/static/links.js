// Plain text as nodes: paragraphs, lists and links.
import { el } from "./page.js";

const URL_LIKE = /https?:\/\/[^\s<>"'“”‘’「」『』【】《》（），。；：！？、…]+/g;

function trimmed(url) {
  let end = url.replace(/[.,;:!?*_]+$/, "");
  while (end.endsWith(")") && end.split("(").length < end.split(")").length) end = end.slice(0, -1);
  return end;
}

export function link(url, ...children) {
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** One run of text with its addresses as links. */
export function inline(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(URL_LIKE)) {
    // An address that was cut short leads nowhere.
    if (text[match.index + match[0].length] === "…") continue;
    const url = trimmed(match[0]);
    nodes.push(text.slice(from, match.index), link(url, url));
    from = match.index + url.length;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== "");
}

export function paragraphs(text) {
  const blocks = [];
  let kind = "";
  for (const line of text.split("\n")) {
    // What stands under an item belongs to it.
    if (kind === "ul" && /^ {2}\S/.test(line)) {
      blocks.at(-1).lastChild.append(el("br"), ...inline(line.trim()));
      continue;
    }
    const next = !line.trim() ? "" : /^\s*[•·-] /.test(line) ? "ul" : "p";
    if (next === "ul") {
      if (kind !== "ul") blocks.push(el("ul"));
      blocks.at(-1).append(el("li", {}, ...inline(line.replace(/^\s*[•·-] /, ""))));
    } else if (next === "p") {
      if (kind === "p") blocks.at(-1).append("\n");
      else blocks.push(el("p"));
      blocks.at(-1).append(...inline(line));
    }
    kind = next;
  }
  return blocks;
}
