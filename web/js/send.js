// Sends a form of the front door by script while the program is not there, and
// puts the page that answers in the place of the one that stands there. What the
// browser does with a form is the same with a new document, and that takes longer
// than the server: sixty milliseconds between the press and the feed.
//
// The page comes as a document of its own, parsed by the browser and by no script,
// and of it are taken the nodes of the shell, the title and the data: no script
// runs that was not there before. Whatever is no page of this release is left to
// the browser. boot.js calls this, and goes on with the new page as with one that
// was loaded. The two travel as one file (server/internal/pwa/bundle).
window.sendForms = boot => {
  "use strict";
  const PATIENCE = 20000; // ms for an answer, as the program has (app/client)
  const PROMPT = 150; // ms within which an answer needs no sign that it is on its way
  // The program's own words (app/ui).
  const OFFLINE = "You are offline. Nothing you typed is lost: try again when the network is back.";
  const UNREADABLE = "The server's answer could not be read. Try again in a moment.";
  const root = document.documentElement;
  const path = ({ pathname, search }) => pathname + search;
  const boots = doc => doc.querySelector("script[data-program]");

  // ---- What is sent.
  const waits = () => /^(waiting|loading|failed)$/.test(root.dataset.program);
  const target = form => new URL(form.getAttribute("action"), location.href);
  const ours = form => form.getAttribute("method") === "post" && target(form).origin === location.origin && form.closest("main");
  const request = (form, submitter) => {
    const request = new XMLHttpRequest();
    request.open("POST", target(form));
    request.responseType = "document";
    request.timeout = PATIENCE;
    request.setRequestHeader("Accept", "text/html");
    request.setRequestHeader("Prefer", "return=representation"); // of the page it leads to, in one round trip
    request.send(new URLSearchParams(new FormData(form, submitter)));
    return request;
  };
  let busy = false;
  document.addEventListener("submit", event => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || !waits() || !ours(form)) return;
    if (!busy) {
      try {
        busy = true;
        boot.hold(answered(request(form, submitter), form, submitter).catch(broken).finally(() => { busy = false; }));
      } catch {
        busy = false;
        return; // the browser sends it
      }
    }
    event.preventDefault();
  });

  // ---- What comes of it.
  const answered = async (request, form, submitter) => {
    const slow = setTimeout(() => submitter?.setAttribute("aria-busy", "true"), PROMPT);
    await new Promise(done => { request.onloadend = done; });
    clearTimeout(slow);
    submitter?.removeAttribute("aria-busy");
    const { status, responseURL, response } = request;
    if (!status) return tell("Offline", OFFLINE);
    const led = request.getResponseHeader("Content-Location"), refused = !led && responseURL === target(form).href;
    const page = new URL(led ?? "", responseURL);
    if (fits(response)) return show(response, refused ? null : path(page), form);
    if (!refused) return leave(() => location.assign(page));
    if (response && boots(response) && status < 500) return leave(() => form.submit()); // to be refused by the new release in a page of its own
    tell("Unexpected answer", UNREADABLE);
  };
  const leave = way => {
    boot.leave();
    way();
  };
  const broken = err => {
    console.warn("The page that came could not be shown here, and is loaded:", err);
    leave(() => location.replace(path(location)));
  };

  // fits reports whether a document is a page that this one can become: what it
  // loads is what is loaded.
  const styles = doc => [...doc.head.querySelectorAll("link[rel=stylesheet],style")].map(el => el.getAttribute("href") ?? el.dataset.href);
  const loads = doc => [...styles(doc), boots(doc).outerHTML.replace(/ data-start="\w+"/, "")].join();
  const fits = fresh => {
    try {
      return fresh.body.firstElementChild.id === "porch" && Boolean(data(fresh).path) && loads(fresh) === loads(document);
    } catch {
      return false;
    }
  };

  // A page's data stand in an element that is a script by name. Its text is
  // exchanged and not the element, which a policy might take for a script's.
  const holder = doc => doc.getElementById("page").firstChild;
  const data = doc => JSON.parse(holder(doc).data);

  const description = doc => doc.querySelector("meta[name=description]");
  const show = (fresh, address, form) => {
    const page = data(fresh);
    const at = form.contains(document.activeElement) ? [...form.elements].indexOf(document.activeElement) : -1;
    if (address === null) address = page.path === location.pathname ? path(location) : page.path;
    if (address !== path(location)) history.pushState(null, "", address);
    document.title = fresh.title;
    description(document).content = description(fresh).content;
    boots(document).dataset.start = boots(fresh).dataset.start;
    holder(document).data = holder(fresh).data;
    document.body.firstElementChild.replaceWith(fresh.body.firstElementChild);
    window.pageCame = Date.now(); // from which the program counts (app/ui)
    boot.arrive();
    scrollTo({ top: 0, left: 0, behavior: "instant" });
    focus(form.id, page.problem ? at : -1);
  };

  // Where the focus was is no more. A field that is wrong has it next; in a form
  // that came back with nothing wrong in its fields what had it before; and in any
  // other page the heading, which tells who can't see it where they are.
  const focus = (id, at) => {
    const bad = document.querySelector("main [aria-invalid=true]"), same = document.getElementById(id)?.elements?.[at];
    if (bad ?? same) return (bad ?? same).focus();
    document.getElementById("title")?.focus({ preventScroll: true });
  };

  // tell says what is wrong where the program would, and leaves it in the page's
  // data, so that the program says it too.
  const tell = (title, detail) => {
    const alert = document.querySelector("main .problem[role=alert]");
    const words = document.createElement("p");
    words.textContent = detail;
    alert.replaceChildren(words);
    alert.scrollIntoView({ block: "nearest" });
    holder(document).data = JSON.stringify({ ...data(document), problem: { title, detail } });
  };
};
