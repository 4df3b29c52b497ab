// The page as the device keeps it. Beside the feed (app/device) lies a drawing of
// it: the page as nested lists. Where there is no network the boot script shows
// that before the program, which then takes it over like a page of the server.
//
// A drawing has the elements, attributes and addresses that app/ui makes and no
// others, whatever lies in the storage: no script, no handler, no other scheme.
window.keptPage = (() => {
  "use strict";
  const ELEMENTS = new Set(("a article button details div footer form h1 h2 header input label main nav option p path " +
    "section select span summary svg textarea time").split(" "));
  const ATTRIBUTES = new Set(("action aria-describedby aria-hidden aria-label aria-pressed autocomplete class d data-post datetime " +
    "dir focusable for href id method name rel required role rows selected tabindex target type value viewBox").split(" "));
  const SVG = "http://www.w3.org/2000/svg";
  const MOST = 1 << 20;  // characters of a drawing; a page of the longest posts has a fifth of it
  const PATIENCE = 1000; // ms for the storage to answer
  const root = document.documentElement;
  const release = document.querySelector("script[data-program]").dataset.program;
  const starting = () => /^(waiting|loading)$/.test(root.dataset.program);
  const home = () => location.pathname === "/" && !/[?&]before=/.test(location.search);

  // What is said in passing is not kept, nor what somebody was writing, nor the
  // ID that the next post was to get: it may have been used since. What others
  // have put into the page (extensions do) is not ours.
  const passing = "[role=status], [role=alert], textarea, input[name=id]";
  const ours = node => node.nodeType === Node.TEXT_NODE || ELEMENTS.has(node.localName);
  const packed = node => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    const bare = node.matches(passing), attributes = {};
    for (const { name, value } of node.attributes) if (ATTRIBUTES.has(name) && !(bare && name === "value")) attributes[name] = value;
    return [node.localName, attributes, ...bare ? [] : [...node.childNodes].filter(ours).map(packed)];
  };
  // The program calls pack. It returns the drawing of the page that stands there;
  // "" when that is not the newest page of the feed as the server has it.
  const pack = () => {
    const page = document.body.firstElementChild;
    if (!home() || page.querySelector(".pending, [aria-invalid]")) return "";
    const drawing = JSON.stringify([release, packed(page)]);
    return drawing.length > MOST ? "" : drawing;
  };

  const own = value => new URL(value, location.origin).origin === location.origin;
  const web = value => /^https?:$/.test(new URL(value, location.origin).protocol);
  const allowed = (name, value) => ATTRIBUTES.has(name) && (name !== "href" || web(value)) && (name !== "action" || own(value));
  const unpacked = (node, space) => {
    if (typeof node === "string") return document.createTextNode(node);
    const [name, attributes, ...children] = node;
    if (!ELEMENTS.has(name)) throw new TypeError("no page has such an element: " + name);
    if (name === "svg") space = SVG;
    const el = space ? document.createElementNS(space, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (allowed(key, value)) el.setAttribute(key, value);
    el.append(...children.map(child => unpacked(child, space)));
    return el;
  };

  // use works on a shelf of app/shelf and returns what the requests come to. To
  // read, none is made.
  const use = (name, mode, work) => new Promise((done, fail) => {
    setTimeout(fail, PATIENCE);
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => mode === "readonly" ? opening.transaction.abort() : opening.result.createObjectStore("kept");
    opening.onerror = opening.onblocked = fail;
    opening.onsuccess = () => {
      const db = opening.result;
      try {
        const doing = db.transaction("kept", mode), asked = work(doing.objectStore("kept"));
        doing.oncomplete = () => done(asked.map(request => request.result));
        doing.onabort = fail;
      } catch (err) {
        fail(err);
      }
      db.close(); // when the work is done
    };
  });
  const read = () => use("porchlight", "readonly", store => [store.get("snapshot"), store.get("drawing")]);

  // keep keeps a page of the server as app/device does, while the program waits
  // to be wanted: who leaves before has it where there is no network, too.
  const keep = async ({ path, session, feed, now }) => {
    if (path !== "/" || !feed || !home()) return;
    try {
      const [waiting] = await use("porchlight-outbox", "readonly", store => [store.count()]).catch(() => [0]);
      const drawing = session && !waiting ? pack() : "";
      await use("porchlight", "readwrite", store => [store.clear(), store.put(JSON.stringify({ session, feed, when: now }), "snapshot"),
        ...drawing ? [store.put(drawing, "drawing")] : []]);
    } catch { /* a device that keeps nothing is no worse than none */ }
  };

  // Nothing is said of ages before the program has counted them (app.css). Forms
  // wait for it: there is nobody else to send them to.
  const over = post => Date.parse(post.expires) <= Date.now() || Boolean(post.original) && over(post.original);
  const show = async () => {
    if (!home()) return false;
    try {
      const [snapshot, drawing] = await read();
      if (drawing.length > MOST || JSON.parse(snapshot).feed.posts.some(over)) return false;
      const [made, page] = JSON.parse(drawing);
      if (made !== release || !starting()) return false;
      document.body.firstElementChild.replaceWith(unpacked(page));
      root.dataset.kept = "";
      kept.snapshot = snapshot;
      addEventListener("submit", hold, true);
      return true;
    } catch {
      return false; // nothing is kept, or nothing that can be read
    }
  };
  let held = null;
  const hold = event => {
    if (!starting()) return;
    event.preventDefault();
    held = event;
  };
  // started is for when the program has taken the page over: what was pressed
  // last is pressed again.
  const started = () => {
    delete root.dataset.kept;
    const { target: form, submitter } = held ?? {};
    held = null;
    if (form?.contains(submitter) && form.isConnected) form.requestSubmit(submitter);
  };
  const kept = { pack, keep, show, started, snapshot: null };
  return kept;
})();
