// How many messages came while nobody looked, in the tab's title.
import { page } from "./page.js";

let count = 0;

function show() {
  document.title = count ? `(${count}) ${page.title}` : page.title;
}

export function countNew(n) {
  if (document.visibilityState === "visible") return;
  count += n;
  show();
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  count = 0;
  show();
});
