// Gets the program ready in a thread of its own: fetches and compiles it for the
// page, and then runs it once on a page that is not there. For a browser compiles
// most of WebAssembly when it is called first, and to start the program calls a
// thousand functions: that is more than half of the time that it would hold the
// page for. The code of a module belongs to all threads that have it, so what
// the rehearsal calls is compiled for the page as well. (Where a browser does
// otherwise it is in vain, and nothing else.)
//
// The rehearsal reaches no storage, no other tab and, once it has begun, no
// network: all of that is replaced below. When anything here fails the page
// compiles its program itself, or starts it unrehearsed.
"use strict";

const compile = async (url, priority) => {
  const answer = await fetch(url, { priority });
  if (!answer.ok) throw new Error(url + " answered " + answer.status);
  if (WebAssembly.compileStreaming) return WebAssembly.compileStreaming(answer);
  return WebAssembly.compile(await answer.arrayBuffer());
};

// anything is any object of a page: it has every property and method, takes
// everything and does nothing.
const anything = new Proxy(function () {}, {
  get: (_, name) => name === "length" ? 0 : name === "then" || typeof name === "symbol" ? undefined : anything,
  set: () => true,
  apply: () => anything,
  construct: () => anything,
});

let made = 0; // nodes that the program made
const make = () => {
  made++;
  return anything;
};

// stage is what the program finds in place of a browser's window.
const stage = (page, href) => {
  const storage = { length: 0, getItem: () => null, setItem() {}, removeItem() {}, key: () => null };
  const document = {
    body: anything, documentElement: anything, visibilityState: "visible", title: "",
    createElement: make, createElementNS: make, createTextNode: make, addEventListener() {},
    getElementById: id => id === "page" ? { textContent: page, remove() {} } : null,
    querySelector: () => null, querySelectorAll: () => [],
  };
  return {
    document, location: new URL(href), history: anything, navigator: anything, innerWidth: 400, innerHeight: 800,
    localStorage: storage, sessionStorage: storage, indexedDB: anything, BroadcastChannel: anything,
    fetch: () => new Promise(() => {}), EventSource: anything, WebSocket: anything, XMLHttpRequest: anything,
    addEventListener() {}, goappGetenv: () => undefined, keptPage: anything, takeOver() {},
  };
};

const rehearse = async (program, page, href) => {
  for (const [name, value] of Object.entries(stage(page, href))) {
    Object.defineProperty(self, name, { value, configurable: true, writable: true });
  }
  const go = new Go();
  const instance = await WebAssembly.instantiate(program, go.importObject);
  go.run(instance);
  self.beginProgram?.();
};

const LENGTH = 400; // ms that the rehearsal takes at most, posts that wake later included
onmessage = async ({ data: { program: url, priority, exec, page, href } }) => {
  onmessage = null;
  postMessage({ begun: true });
  const program = await compile(url, priority);
  postMessage({ program });
  importScripts(exec);
  setTimeout(() => postMessage({ made }), LENGTH);
  await rehearse(program, page, href);
};

// A promise that fails is an error of the thread, which the page hears.
addEventListener("unhandledrejection", ({ reason }) => { throw reason; });
