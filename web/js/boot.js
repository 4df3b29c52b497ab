// Starts what a page can do without: the browser program, the worker that keeps
// the site for when there is no network, and the offer of a new version. The
// page is whole before any of it and stays whole when any of it fails.
//
// What may be loaded stands on this script's own element (data-*), so the file
// is the same for every release. State, for tests and styles, is on the root
// element: data-program is waiting, loading, running, failed or stopped.
(() => {
  "use strict";
  const own = document.currentScript.dataset;
  const root = document.documentElement;
  const read = () => JSON.parse(document.getElementById("page").textContent);
  let page = null; // read by settle
  const saving = () => navigator.connection?.saveData === true;
  const say = state => { root.dataset.program = state; };

  // ---- Trusted Types: only these addresses become script addresses.
  const allowed = new Set([own.takeover, own.kept, own.exec, own.prepare, own.worker]);
  const address = (() => {
    const check = url => {
      if (!allowed.has(url)) throw new TypeError("not a script of this site: " + url);
      return url;
    };
    const policy = window.trustedTypes?.createPolicy(own.policy, { createScriptURL: check });
    return url => policy ? policy.createScriptURL(url) : check(url);
  })();

  // ---- What go-app's Go side looks for on window (v10.1.11: app.go, browser.go,
  // context.go). goappNav, goappOnUpdate and goappOnAppInstallChange it sets.
  const env = {
    GOAPP_STATIC_RESOURCES_URL: "/web",
  };
  let installPrompt = null;
  const standalone = () => navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;
  const apple = () => /iP(hone|ad|od)/.test(navigator.userAgent) ||
    /Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1;
  const installChanged = () => {
    window.goappAppInstallChangedBeforeWasmLoaded = true;
    window.goappOnAppInstallChange?.();
  };
  Object.assign(window, {
    goappGetenv: name => env[name],
    goappUpdatedBeforeWasmLoaded: false,
    goappAppInstallChangedBeforeWasmLoaded: false,
    goappTryUpdate: () => checkForUpdate(),
    goappIsAppInstallable: () => !standalone() && (installPrompt !== null || apple()),
    goappIsAppleBrowser: apple,
    goappShowInstallPrompt: async () => {
      await installPrompt?.prompt();
      installPrompt = null;
    },
  });
  addEventListener("beforeinstallprompt", event => { installPrompt = event; installChanged(); });
  addEventListener("appinstalled", () => { installPrompt = null; installChanged(); });

  // ---- The back button may lead to where this document has shown another page.
  // The program shows that itself; without it the page is asked for. To reload
  // would send a form again.
  const here = () => location.pathname + location.search;
  let shown = here();
  addEventListener("popstate", () => {
    if (root.dataset.program !== "running" && here() !== shown) location.replace(here());
  });

  // ---- What was typed before a reload for a new version comes back.
  const typedKey = () => "porchlight-typed " + location.pathname;
  const fields = () => [...document.querySelectorAll("input,textarea")].filter(el =>
    (el.name || el.id) && !/^(password|hidden|file|checkbox|radio|submit)$/.test(el.type) && el.autocomplete !== "one-time-code");
  const keepTyped = () => {
    const typed = fields().filter(el => el.value !== el.defaultValue).map(el => [el.name || el.id, el.value]);
    try {
      if (typed.length) sessionStorage.setItem(typedKey(), JSON.stringify(typed));
    } catch { /* storage is full or switched off */ }
  };
  // again reports whether this page may have led here itself. Where nobody has
  // been before nothing is kept, and to look takes storage some milliseconds.
  const again = () => document.referrer.startsWith(location.origin) || performance.getEntriesByType("navigation")[0]?.type !== "navigate";
  const restoreTyped = () => {
    try {
      const typed = new Map(JSON.parse(sessionStorage.getItem(typedKey()) ?? "[]"));
      sessionStorage.removeItem(typedKey());
      for (const el of fields()) if (el.value === el.defaultValue && typed.has(el.name || el.id)) el.value = typed.get(el.name || el.id);
    } catch { /* as above */ }
  };

  // ---- A form that is on its way is not taken over: it would be sent twice.
  let leaving = false;
  let sending = null; // a promise, when web/js/send.js sends it
  addEventListener("submit", event => { if (!event.defaultPrevented) leaving = true; });
  addEventListener("pageshow", event => { if (event.persisted) leaving = false; });

  // ---- Other tabs say when somebody signs in or out (app/device). Until the
  // program listens to them, the page is asked for again.
  let others = null;
  const listen = () => {
    others?.close();
    others = page.session && window.BroadcastChannel ? new BroadcastChannel("porchlight") : null;
    others?.addEventListener("message", ({ data }) => {
      if (!/^signed-(in|out)$/.test(data)) return;
      keepTyped();
      location.replace(here());
    });
  };

  // ---- What the first frame need not wait for: storage and the browser's other
  // processes take milliseconds to answer. A refused form stands at the address
  // that it was sent to; the program knows the page that it belongs to.
  const settle = () => {
    page = read();
    if (page.path && page.path !== location.pathname) history.replaceState(null, "", page.path + location.search);
    shown = here();
    if (again()) restoreTyped();
    listen();
  };

  // ---- The program.
  const load = url => new Promise((done, fail) => {
    const el = document.createElement("script");
    el.async = true;
    el.onload = done;
    el.onerror = () => fail(new Error("could not load " + url));
    el.src = address(url);
    document.head.append(el);
  });
  // What is asked for while one service worker takes the place of another may be
  // answered by neither: it is asked for once more.
  const twice = work => work().catch(() => after(500).then(work));
  const script = url => twice(() => load(url));
  const compile = async url => {
    const answer = await twice(() => fetch(url));
    if (!answer.ok) throw new Error(url + " answered " + answer.status);
    if (WebAssembly.compileStreaming) return WebAssembly.compileStreaming(answer);
    return WebAssembly.compile(await answer.arrayBuffer());
  };
  // prepare has the program compiled, and rehearsed, in another thread: this one
  // is the page's. One that does not begin is given up.
  const prepare = url => new Promise((done, fail) => {
    const worker = new Worker(address(own.prepare));
    const late = setTimeout(() => { worker.terminate(); fail(); }, 3000);
    worker.onmessage = ({ data: { begun, program, made } }) => {
      if (begun) return clearTimeout(late);
      if (program) return done(program);
      window.__rehearsal = { made };
      worker.terminate();
    };
    worker.onerror = event => {
      event.preventDefault();
      worker.terminate();
      fail(event.message);
    };
    worker.postMessage({
      program: new URL(url, location).href, priority: own.start === "late" ? "low" : "auto",
      exec: own.exec, page: JSON.stringify(page), href: location.href,
    });
  });
  const startProgram = async () => {
    if (root.dataset.program !== "waiting") return;
    if (typeof WebAssembly !== "object") return say("failed");
    say("loading");
    try {
      const compiled = own.start === "now" ? compile(own.program) : prepare(own.program).catch(() => compile(own.program));
      compiled.catch(() => {}); // reported below, when a script fails first
      const scripts = Promise.all([script(own.takeover), script(own.exec), window.keptPage ?? script(own.kept)]);
      scripts.catch(() => {});
      const kept = !page.path && await window.keptPage?.show();
      if (kept) await drawn();
      await scripts;
      const go = new Go();
      const program = await compiled;
      let ended, mine;
      do {
        mine = visit;
        if (!leaving) await window.keptPage.keep(page);
        keepWorker(); // not before: what it keeps is in the browser's cache by now
        await Promise.race([restful(), mine.over]);
        if (!ended) {
          ended = go.run(await WebAssembly.instantiate(program, go.importObject)); // to where it waits for the page
          if (own.start !== "now") await drawn();
        }
        await sending;
      } while (mine !== visit);
      if (leaving) return say("waiting");
      if (page.path || kept) window.takeOver();
      window.beginProgram(); // set by ui.Await
      say("running");
      others?.close();
      window.keptPage.started();
      ended.catch(() => {}).then(() => say("stopped"));
    } catch (err) {
      say("failed");
      console.warn("The page works without its program, which did not start:", err);
    }
    keepWorker(); // what there is is kept also when the program has failed
  };

  // ---- The worker and new versions.
  let registration = null;
  let keeping = false;
  const keepWorker = async () => {
    if (keeping) return;
    keeping = true;
    try {
      watch(await navigator.serviceWorker?.register(address(own.worker), { scope: "/" }));
    } catch (err) {
      console.warn("This browser keeps nothing for when there is no network:", err);
    }
  };
  const lookForWorker = () => navigator.serviceWorker?.getRegistration().then(watch).catch(() => {});
  const watch = found => {
    if (!found || registration) return;
    registration = found;
    early = found.waiting;
    // active is the old worker. There is none at a first installation, which is
    // no news to anyone.
    const ready = worker => { if (worker?.state === "installed" && found.active) announce(worker); };
    if (!page.path) ready(found.waiting);
    found.addEventListener("updatefound", () => {
      const worker = found.installing;
      worker?.addEventListener("statechange", () => ready(worker));
    });
  };
  // A worker that waits while a page opens has been announced before. A page
  // that came from the server just now is as new, so there is nothing to tell
  // and nobody to ask; only the shell is the old worker's own. The browser lets
  // the new one in when the old one has nothing to do.
  let early = null; // the worker that waited when the page opened
  const renew = () => {
    if (!page.path || early?.state !== "installed") return null;
    const renewed = new Promise(done => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
    early.postMessage({ type: "skip-waiting" });
    return Promise.race([renewed, after(2000)]);
  };
  let checked = Date.now();
  const checkForUpdate = () => {
    checked = Date.now();
    registration?.update().catch(() => {}); // no network: the next time will do
  };
  const hour = 60 * 60 * 1000;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && Date.now() - checked > hour) checkForUpdate();
  });

  let waiting = null;
  const announce = worker => {
    waiting = worker;
    const region = document.getElementById("update");
    if (region.firstChild) return;
    const text = Object.assign(document.createElement("p"), { textContent: "A new version is ready." });
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: "Reload" });
    const notice = Object.assign(document.createElement("div"), { className: "notice new" });
    button.addEventListener("click", () => {
      keepTyped();
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
      waiting.postMessage({ type: "skip-waiting" });
      setTimeout(() => location.reload(), 3000); // the worker has gone or is stuck
    });
    notice.append(text, button);
    region.append(notice);
  };

  // ---- When. After the first paint, and when the page is idle, so that reading
  // and typing come first. To start takes the page's own time, so it is fetched
  // and compiled before, and starts when somebody is about to press something,
  // or three seconds after the page has come. At the front door, where people type
  // and nothing needs it, it is the other way round: whoever is at the page goes
  // first, and not even the line is shared. With Save-Data the front door's pages
  // stay plain and the others start at the first press or key; what is on the
  // device already costs no data and starts as always.
  const drawn = () => new Promise(done => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, 1000); // a browser that shows nothing draws no frames
  });
  // A frame is shown some time after it was drawn, on a busy machine much later:
  // of the first one the browser says when.
  const painted = () => new Promise(done => {
    setTimeout(done, 1000);
    if (!window.PerformanceObserver?.supportedEntryTypes?.includes("paint")) return drawn().then(done);
    new PerformanceObserver((list, observer) => {
      if (!list.getEntriesByName("first-contentful-paint").length) return;
      observer.disconnect();
      done();
    }).observe({ type: "paint", buffered: true });
  });
  const loaded = () => new Promise(done => {
    if (document.readyState === "complete") return done();
    addEventListener("load", done, { once: true });
  });
  const idle = () => new Promise(done => {
    if (!window.requestIdleCallback) return setTimeout(done, 200);
    requestIdleCallback(done, { timeout: 2000 });
  });
  const touched = (...types) => new Promise(done => {
    for (const type of types) addEventListener(type, done, { once: true, passive: true });
  });
  const after = ms => new Promise(done => setTimeout(done, ms));
  // rested waits until nobody has touched the page for ms, but not longer than
  // three times that.
  const rested = ms => new Promise(done => {
    const listening = new AbortController();
    const end = () => { listening.abort(); done(); };
    let rest = setTimeout(end, ms);
    setTimeout(end, 3 * ms);
    const touch = () => { clearTimeout(rest); rest = setTimeout(end, ms); };
    for (const type of ["pointerdown", "keydown", "input", "focusin"]) addEventListener(type, touch, { passive: true, signal: listening.signal });
  });
  const restful = async () => {
    if (own.start === "soon") await visit.wanted;
    if (own.start === "late") await rested(1500);
  };
  const visible = () => new Promise(done => {
    const look = () => {
      if (document.visibilityState === "hidden") return;
      document.removeEventListener("visibilitychange", look);
      done();
    };
    document.addEventListener("visibilitychange", look);
    look();
  });
  const kept = async () => Boolean(await window.caches?.match(own.program).catch(() => null));

  // A visit is one page in this document. The next one ends it: what waited for
  // the one waits for the other, by its own rule.
  const newVisit = () => {
    const wanted = own.start === "soon" && Promise.race([touched("pointerdown", "pointermove", "wheel", "keydown"), after(3000)]);
    let end;
    return { wanted, over: new Promise(done => { end = done; }), end };
  };
  let visit = newVisit();

  // A browser reads the manifest and fetches an icon of it when a page has come,
  // which is when people begin to type. It looks in the head: until the page
  // rests, the link stands elsewhere.
  const manifest = document.querySelector("link[rel=manifest]");
  const offerManifest = () => { if (manifest && manifest.parentNode !== document.head) document.head.append(manifest); };

  const begin = async onScreen => {
    const mine = visit;
    if (!page && own.start !== "now") await drawn().then(idle);
    if (!page) settle();
    if (own.start === "now") lookForWorker();
    else {
      await visible();
      await loaded();
      await onScreen();
      if (own.start === "late") await rested(1000);
      await idle();
      if (mine !== visit) return;
      offerManifest();
      await lookForWorker();
      await renew();
      if (saving() && !await kept()) {
        if (own.start === "late") return;
        await touched("pointerdown", "keydown");
        await idle();
      }
      if (mine !== visit) return;
    }
    await startProgram();
  };
  if (own.start === "late") window.sendForms({
    hold: promise => { sending = promise; },
    leave: () => { leaving = true; },
    arrive: () => {
      page = read();
      shown = here();
      if (root.dataset.program !== "loading") say("waiting");
      listen();
      visit.end();
      visit = newVisit();
      begin(drawn);
    },
  });
  say("waiting");
  if (manifest && own.start !== "now") document.body.append(manifest);
  begin(painted);
})();
