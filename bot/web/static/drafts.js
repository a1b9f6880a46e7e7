// What is written and not yet sent survives a reload; it belongs to this tab and this person.
import { page } from "./page.js";

const full = (key) => `herald:${page.me.as}:${key}`;

export function load(key) {
  try {
    return JSON.parse(sessionStorage.getItem(full(key)));
  } catch {
    return null;
  }
}

export function save(key, value) {
  try {
    if (value === null || value === "") sessionStorage.removeItem(full(key));
    else sessionStorage.setItem(full(key), JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the text is still in its box.
  }
}
