// Runs in every document before its own scripts, and tells the bench once of
// each thing that it waits for, with the time by the browser's clock:
// nav, paint, form, feed, running.
(() => {
  "use strict";
  if (window !== top || !location.protocol.startsWith("http")) return;
  const told = new Set();
  const tell = (what, at = performance.timeOrigin + performance.now()) => {
    if (told.has(what)) return;
    told.add(what);
    window.porchlightBench(what + " " + at);
  };
  tell("nav", performance.timeOrigin);

  const seen = el => {
    if (!el?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const box = el.getBoundingClientRect();
    return box.width >= 1 && box.height >= 1;
  };
  const usable = el => {
    if (!seen(el) || el.disabled || el.readOnly || el.closest("[inert],fieldset:disabled")) return false;
    const box = el.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
    if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return true; // below the fold is not covered
    const there = document.elementFromPoint(x, y);
    return there === el || el.contains(there);
  };
  const find = selector => document.querySelector(selector);
  const look = () => {
    if (["[name=email]", "[name=password]", "[type=submit]"].every(s => usable(find("#signin " + s)))) tell("form");
    const post = find("article[data-post]");
    if (seen(post) && post.textContent.trim()) tell("feed");
    if (document.documentElement.dataset.program === "running") tell("running");
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  new PerformanceObserver(list => {
    for (const e of list.getEntries()) if (e.name === "first-contentful-paint") tell("paint", performance.timeOrigin + e.startTime);
  }).observe({ type: "paint", buffered: true });
})();
