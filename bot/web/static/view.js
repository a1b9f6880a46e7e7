// iOS lays its keyboard over the page and moves the page up; the visible part is what we fill.
export function start() {
  const view = window.visualViewport;
  if (!view) return;
  const fit = () => {
    document.documentElement.style.setProperty("--view", `${Math.round(view.height * view.scale)}px`);
    if (view.scale === 1 && view.offsetTop) scrollTo(0, 0);
  };
  view.addEventListener("resize", fit);
  fit();
}
