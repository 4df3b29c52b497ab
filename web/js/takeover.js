// Lets the program take over the nodes of a prerendered page instead of
// replacing them, so that typed text, focus, caret, selection, filled-in
// passwords and scroll stay.
//
// go-app mounts a tree depth first: createElement, attributes and listeners,
// the same for each child, appendChild; and at last one body.replaceChild. Until
// that call the functions below hand out the node that stands at that place in
// the page, and appendChild leaves it there. Where page and program differ, new
// nodes are made and put in their place, and what no one asked for is removed:
// the result is the program's tree. window.__takeover counts both kinds.
//
// What the program marks data-asleep keeps the nodes that it has. When the
// program comes to mount them it takes that element over by itself: given the
// number of children that it is to have, for the last appendChild is the end.
window.takeOver = (within, children) => {
  "use strict";
  const doc = document, body = doc.body, root = within ?? body.firstElementChild;
  const HTML = "http://www.w3.org/1999/xhtml";
  const { appendChild, replaceChild } = Node.prototype;
  const { createElement, createElementNS, createTextNode } = Document.prototype;
  if (!root) return;

  const adopted = new Set();   // nodes of the page that the program holds now
  const created = new Set();   // nodes that were made for it
  const open = within ? [within] : []; // elements whose children are being mounted
  const cursor = new Map();    // adopted parent -> its next child not yet looked at
  const next = parent => cursor.has(parent) ? cursor.get(parent) : parent.firstChild;
  const ours = node => node === within || adopted.has(node);

  // ---- Form controls: what a person did to them wins over what is rendered.
  const key = el => [el.form?.getAttribute("action"), el.name || el.id, el.type === "radio" ? el.value : ""].join(" ");
  const filled = CSS.supports("selector(:autofill)") ? ":autofill" : ":-webkit-autofill";
  const touched = el => {
    if (el.matches(filled)) return true;
    if (el.type === "checkbox" || el.type === "radio") return el.checked !== el.defaultChecked;
    if (el.localName !== "select") return el.value !== el.defaultValue;
    const options = [...el.options], chosen = options.findIndex(o => o.defaultSelected);
    return el.selectedIndex !== Math.max(chosen, 0);
  };
  const read = el => ({
    el, key: key(el), value: el.value, checked: el.checked, touched: touched(el),
    caret: el.selectionStart ?? null, end: el.selectionEnd ?? null, focused: doc.activeElement === el,
  });
  const controls = "input:not([type=hidden]),textarea,select";
  const before = [...root.querySelectorAll(controls)].map(read);
  const dirty = new Set(before.filter(c => c.touched).flatMap(c => [c.el, ...c.el.options ?? []]));

  // hold makes what the program assigns to a property of a touched control a
  // wish; release ends that.
  const held = ["value", "checked", "selected"], wishes = new Map();
  const hold = el => {
    wishes.set(el, {});
    for (const name of held) {
      const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(el), name);
      if (own?.set) Object.defineProperty(el, name, { configurable: true, get: own.get, set(v) { wishes.get(el)[name] = v; } });
    }
  };
  const release = el => { for (const name of held) delete el[name]; };

  // ---- Attributes that the program sets are seen here; others are the page's.
  const seen = new MutationObserver(() => {});
  seen.observe(root, { attributes: true, subtree: true });
  const stray = name => !/^(data-.*|value|checked|selected|open|style)$/.test(name);
  const tidy = () => {
    const set = new Map();
    for (const { target, attributeName } of seen.takeRecords()) {
      if (!set.has(target)) set.set(target, new Set());
      set.get(target).add(attributeName);
    }
    seen.disconnect();
    for (const el of adopted) {
      for (const { name } of [...el.attributes ?? []]) if (stray(name) && !set.get(el)?.has(name)) el.removeAttribute(name);
    }
  };

  // ---- Mounting.
  const find = match => {
    const parent = open.at(-1);
    if (!parent) return !adopted.size && match(root) ? root : null;
    if (!ours(parent)) return null;
    for (let node = next(parent); node; node = node.nextSibling) if (match(node)) return node;
    return null;
  };
  const mount = (node, make) => {
    if (node) {
      adopted.add(node);
      if (open.length) cursor.set(open.at(-1), node.nextSibling);
      if (dirty.has(node)) hold(node);
    } else {
      created.add(node = make());
    }
    open.push(node);
    return node;
  };
  // Texts that are neighbours in the program are one node in the page: it is
  // split. A text is looked for up to the next element only.
  const findText = text => {
    const parent = open.at(-1), want = text.trim();
    if (!want || !ours(parent)) return null;
    for (let node = next(parent); node && node.nodeType !== 1; node = node.nextSibling) {
      if (node.nodeType !== 3 || !node.data.trim()) continue;
      if (node.data.trim() === want) return node;
      const start = node.data.length - node.data.trimStart().length;
      if (!node.data.startsWith(want, start)) return within ? node : null; // time has gone on since
      node.splitText(start + want.length);
      return node;
    }
    return null;
  };
  doc.createElement = tag =>
    mount(find(n => n.localName === tag && n.namespaceURI === HTML), () => createElement.call(doc, tag));
  doc.createElementNS = (ns, tag) =>
    mount(find(n => n.localName === tag && n.namespaceURI === ns), () => createElementNS.call(doc, ns, tag));
  doc.createTextNode = text => {
    const node = findText(text);
    if (node && node.data !== text) node.data = text;
    return mount(node, () => createTextNode.call(doc, text));
  };
  Node.prototype.appendChild = function (child) {
    if (open.at(-1) === child) open.pop();
    if (!adopted.has(child) || child.parentNode !== this) {
      if (ours(this)) this.insertBefore(child, next(this)); else appendChild.call(this, child);
    }
    if (this === within && --children === 0) end();
    return child;
  };
  Node.prototype.replaceChild = function (fresh, old) {
    if (this !== body) return replaceChild.call(this, fresh, old);
    const at = [scrollX, scrollY];
    end(fresh, old);
    if (scrollX !== at[0] || scrollY !== at[1]) scrollTo({ left: at[0], top: at[1], behavior: "instant" });
    return old;
  };
  const end = (fresh = root, old = root) => {
    stop();
    for (const el of dirty) release(el);
    if (fresh === old) prune(); else replaceChild.call(body, fresh, old);
    repair(fresh);
    const sum = window.__takeover ??= { adopted: 0, created: 0 };
    sum.adopted += adopted.size;
    sum.created += created.size;
  };
  const stop = () => {
    delete doc.createElement;
    delete doc.createElementNS;
    delete doc.createTextNode;
    Object.assign(Node.prototype, { appendChild, replaceChild });
  };

  // ---- Mending. White space between elements stays, for it may show.
  const prune = () => {
    tidy();
    for (const parent of within ? [within, ...adopted] : adopted) {
      if (parent.dataset?.asleep !== undefined) continue;
      for (const node of [...parent.childNodes]) {
        const blank = node.nodeType === 3 && !node.data.trim();
        if (!blank && !adopted.has(node) && !created.has(node)) node.remove();
      }
    }
  };
  // repair gives back what was typed where a control is another one now, and
  // tells the program of everything that was typed before it ran.
  const repair = fresh => {
    const now = new Map();
    for (const el of fresh.querySelectorAll(controls)) if (!now.has(key(el))) now.set(key(el), el);
    const moved = before.filter(c => now.get(c.key) !== c.el);
    for (const { el, touched } of moved) {
      for (const name of ["value", "checked"]) el.removeAttribute(name);
      if (touched && el.localName !== "select" && el.isConnected) Object.assign(el, { value: "", checked: false }, wishes.get(el));
    }
    for (const c of moved) {
      const el = now.get(c.key);
      if (!el) continue;
      if (c.touched && el.type !== "file") Object.assign(el, c.checked === undefined ? { value: c.value } : { value: c.value, checked: c.checked });
      if (!c.focused) continue;
      el.focus({ preventScroll: true });
      if (c.caret !== null) el.setSelectionRange(c.caret, c.end);
    }
    const tell = before.filter(c => c.touched).map(c => now.get(c.key)).filter(Boolean);
    setTimeout(() => {
      for (const el of tell) for (const type of ["input", "change"]) el.dispatchEvent(new Event(type, { bubbles: true }));
    });
  };
};
