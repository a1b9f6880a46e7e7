// What the server embedded, and small helpers that every part uses.
export const page = JSON.parse(document.getElementById("data").textContent);

export const $ = (id) => document.getElementById(id);

/** The words under a key with its fields filled in. */
export function say(key, fields = {}) {
  return page.words[key].replace(/\{(\w+)\}/g, (all, name) => (name in fields ? String(fields[name]) : all));
}

/** An element with attributes, "on…" listeners and children; text is always text, never markup. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** An id for one sending; sent again it stays the same, so that nothing is done twice. */
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Enter that chooses a word in an input method is not Enter; Safari tells it by keyCode alone. */
export const composing = (event) => event.isComposing || event.keyCode === 229;

/** How the server compares names: width and case do not count. */
export const fold = (word) => word.normalize("NFKC").toLowerCase();
