// The service worker: keeps the files that a page needs to start, and answers
// with them where there is no network. The server puts two values before this
// source: VERSION, which changes with any file, and ASSETS, the paths to keep.
//
// Kept: files with hashed names and the page for nobody (/shell). Never kept or
// answered from here: the API, forms, and any page made for a person. Caches of
// other names on this origin are not ours and stay.
"use strict";

const PREFIX = "porchlight-";
const CACHE = PREFIX + VERSION;
const SHELL = "/shell";
const PATIENCE = 3000; // ms for the network to answer a navigation

// Addresses under these are the server's own, opened or not.
const PASSED = ["/api/", "/dev/", "/web/"];

// All or nothing: one missing file fails the installation, and the worker of
// the old version goes on with what it has.
const install = async () => {
  try {
    const cache = await caches.open(CACHE);
    await cache.addAll(ASSETS.map(path => new Request(path, {
      credentials: "omit", // nobody's page, whoever is signed in
      cache: path.startsWith("/web/") ? "default" : "reload",
    })));
  } catch (err) {
    await caches.delete(CACHE);
    throw err;
  }
};

// Old versions go when this one takes over, never before.
const activate = async () => {
  await self.registration.navigationPreload?.enable();
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
};

const fromCache = async path => (await caches.open(CACHE)).match(path, { ignoreVary: true });

const keptFile = async request => await fromCache(new URL(request.url).pathname) ?? fetch(request);

const online = async event => await event.preloadResponse ?? fetch(event.request);

// The network first: it has the person's own page. When it is silent or gone,
// the page for nobody, from which the program renders what the device has.
const navigate = async event => {
  const network = online(event);
  event.waitUntil(network.catch(() => {})); // its failure is answered below
  const late = new Promise(done => setTimeout(done, PATIENCE));
  try {
    const answer = await Promise.race([network, late]);
    if (answer) return answer;
  } catch { /* no network */ }
  return await fromCache(SHELL) ?? network;
};

self.addEventListener("install", event => event.waitUntil(install()));
self.addEventListener("activate", event => event.waitUntil(activate()));

self.addEventListener("message", event => {
  if (event.data?.type === "skip-waiting") self.skipWaiting();
});

self.addEventListener("fetch", event => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    const passed = PASSED.some(prefix => url.pathname.startsWith(prefix));
    event.respondWith(passed ? online(event) : navigate(event));
    return;
  }
  if (url.pathname !== SHELL && !url.search && ASSETS.includes(url.pathname)) event.respondWith(keptFile(request));
});
