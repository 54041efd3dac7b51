// Starts tags of others when their purpose may happen, and tells them what was decided.
// It stores nothing and asks nobody but the site. Until the decision is known all is denied.
(() => {
  "use strict";
  const config = __CONFIG__;
  const home = new URL("..", document.currentScript.src);
  const CHOICE = "privacykit:choice";
  const OURS = new Set(["type", "nonce", "data-privacy", "data-src", "data-srcset", "data-type"]);
  const tellers = []; // each tells somebody else what may happen now
  const takers = []; // each takes the strings that the server wrote
  const started = []; // purposes of what ran, and cannot be taken back on this page
  let known = null; // purpose to true or false, null until it is known
  let turn = Promise.resolve();

  const may = (names) => known !== null && names.length > 0 && names.every((name) => known[name] === true);
  const named = (element) => element.dataset.privacy.split(/\s+/).filter(Boolean);

  // --- what others call consent mode: a default before any tag, an update once it is known
  function storages(map) {
    const word = (names) => (may(names) ? "granted" : "denied");
    return Object.fromEntries(Object.entries(map).map(([storage, names]) => [storage, word(names)]));
  }
  function tellStorages(map, send, more) {
    let said = "";
    send("default", { ...storages(map), ...more });
    tellers.push(() => {
      const now = storages(map);
      if (said !== (said = JSON.stringify(now))) send("update", now);
    });
  }
  if (config.google) {
    const layer = (window.dataLayer = window.dataLayer || []);
    const gtag = function () { layer.push(arguments); };
    window.gtag = window.gtag || gtag;
    tellStorages(config.google, (what, states) => gtag("consent", what, states), { wait_for_update: config.wait });
  }
  if (config.microsoft) {
    window.uetq = window.uetq || []; // which Microsoft's script replaces by an object
    tellStorages(config.microsoft, (what, states) => window.uetq.push("consent", what, states));
  }
  for (const [map, ask, give] of [["tracking", "requireConsent", "setConsentGiven"], ["cookies", "requireCookieConsent", "setCookieConsentGiven"]]) {
    const names = config.matomo[map];
    if (!names) continue;
    (window._paq = window._paq || []).push([ask]);
    let given = false;
    tellers.push(() => {
      if (given || !may(names)) return;
      given = true;
      started.push(names);
      window._paq.push([give]);
    });
  }

  // --- scripts, frames and pictures
  function run(old) {
    const fresh = document.createElement("script");
    for (const { name, value } of old.attributes) if (!OURS.has(name)) fresh.setAttribute(name, value);
    if (old.dataset.type) fresh.type = old.dataset.type;
    if (old.dataset.src) fresh.src = old.dataset.src;
    if (old.nonce) fresh.nonce = old.nonce;
    fresh.text = old.text;
    fresh.async = old.async && old.hasAttribute("async");
    const waits = fresh.src && !fresh.async;
    const done = new Promise((go) => (waits ? (fresh.onload = fresh.onerror = go) : go()));
    old.replaceWith(fresh);
    return done;
  }
  function startScript(old, names) {
    if (!may(names)) return;
    old.removeAttribute("data-privacy");
    started.push(names);
    turn = turn.then(() => run(old)); // in the order of the page
  }
  function show(element, names) {
    const { src, srcset } = element.dataset;
    const before = element.previousElementSibling;
    const shown = before?.matches(".privacy-placeholder");
    if (may(names)) {
      if (shown) before.remove();
      element.hidden = false;
      if (srcset && element.srcset !== srcset) element.srcset = srcset;
      if (src && element.getAttribute("src") !== src) element.src = src;
      return;
    }
    let off = element;
    if (element.hasAttribute("src") || element.hasAttribute("srcset")) {
      off = element.cloneNode(); // what it loaded is gone with it
      off.removeAttribute("src");
      off.removeAttribute("srcset");
      element.replaceWith(off);
    }
    off.hidden = true;
    if (!shown && !isPixel(off)) off.before(placeholder(off, names));
  }
  const isPixel = (element) => element instanceof HTMLImageElement && element.width <= 1 && element.height <= 1 && element.hasAttribute("width");
  const hostOf = (source) => {
    try {
      return source ? new URL(source, location).hostname : "";
    } catch {
      return ""; // no address: the other tags start all the same
    }
  };
  function placeholder(element, names) {
    const purposes = names.map((name) => config.purposes[name]).filter(Boolean);
    const labels = purposes.map((purpose) => purpose.label).join(", ");
    const source = hostOf(element.dataset.src);
    const words = (text) => text.replace("{source}", source).replace("{purposes}", labels);
    const put = (parent, tag, text) => parent.appendChild(Object.assign(document.createElement(tag), { textContent: text }));
    const box = document.createElement("div");
    box.className = "privacy-placeholder";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", element.title || element.alt || source);
    put(box, "p", element.dataset.privacyText || words(config.words.text));
    for (const { about } of purposes) if (about) put(box, "p", about);
    if (purposes.length === names.length) {
      const button = put(box, "button", words(config.words.allow));
      button.type = "button";
      button.addEventListener("click", () => allow(names));
    }
    put(box, "a", config.words.choices).href = choices();
    return box;
  }
  const choices = () => `${home.pathname}?next=${encodeURIComponent(location.pathname + location.search)}`;
  async function allow(names) {
    // A permission that goes before the browser's signal needs the notice on the page of choices.
    if (!navigator.globalPrivacyControl) {
      const body = new URLSearchParams({ action: "save", interface: "placeholder" }); // as ticked: it is not everything
      for (const name of names) for (const field of ["asked", "purpose"]) body.append(field, name);
      await fetch(new URL("choice", home), { method: "POST", body, redirect: "manual" }).catch(() => 0);
      const purposes = await ask().catch(() => null);
      if (purposes && names.every((name) => purposes[name])) {
        document.dispatchEvent(new CustomEvent(CHOICE, { detail: { purposes } }));
        return;
      }
    }
    location.assign(choices());
  }
  function sweep() {
    if (known === null) return;
    for (const element of document.querySelectorAll("[data-privacy]")) {
      const names = named(element);
      if (element instanceof HTMLScriptElement) startScript(element, names);
      else show(element, names);
    }
  }

  // --- the decision: told by the banner's script, else asked for
  function learn(purposes) {
    known = {};
    for (const name of Object.keys(config.purposes)) {
      known[name] = purposes[name] === true || config.necessary.includes(name);
    }
    if (!started.every(may)) {
      location.reload(); // what runs cannot be stopped on this page
      return;
    }
    for (const tell of tellers) tell();
    sweep();
  }
  async function ask() {
    const strings = config.usp || config.gpp.length > 0;
    const answer = await fetch(new URL(strings ? "strings.json" : "status.json", home), { cache: "no-store" });
    if (!answer.ok) throw new Error("no decision");
    const told = await answer.json();
    if (!strings) return Object.fromEntries(told.purposes.map(({ id, verdict }) => [id, verdict === "allow"]));
    for (const take of takers) take(told);
    return told.purposes;
  }
  document.addEventListener(CHOICE, (event) => {
    learn(event.detail.purposes);
    if (takers.length > 0) ask().catch(() => 0);
  });
  new MutationObserver(sweep).observe(document, { childList: true, subtree: true });
  const learnUnlessKnown = (purposes) => known === null && learn(purposes);
  const askUnlessKnown = () => known === null && ask().then(learnUnlessKnown, () => learnUnlessKnown({}));
  document.addEventListener("DOMContentLoaded", () => {
    const banner = document.querySelector("script[src*='/static/banner.']");
    setTimeout(askUnlessKnown, banner ? 3000 : 0);
  });

  // --- the interfaces of the IAB, answered from the server's strings
  function locate(name) {
    if (window.frames[name]) return;
    if (!document.body) { document.addEventListener("DOMContentLoaded", () => locate(name)); return; }
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.name = frame.title = name;
    document.body.append(frame);
  }
  function answerFrames(call, reply, api) {
    addEventListener("message", ({ data, source }) => {
      let asked = data;
      if (typeof data === "string") try { asked = JSON.parse(data); } catch { return; }
      const wanted = asked?.[call];
      if (!wanted) return;
      const back = (returnValue, success) => {
        const answer = { [reply]: { returnValue, success, callId: wanted.callId } };
        source?.postMessage(typeof data === "string" ? JSON.stringify(answer) : answer, "*");
      };
      api(wanted, back);
    });
  }
  if (config.gpp.length > 0) {
    const state = {
      gppVersion: "1.1", cmpStatus: "loading", cmpDisplayStatus: "hidden", signalStatus: "not ready",
      supportedAPIs: config.gpp, cmpId: config.cmp, sectionList: [], applicableSections: [],
      gppString: "", parsedSections: {},
    };
    const waiting = window.__gpp?.queue || [];
    const listeners = new Map();
    let last = 0;
    const event = (eventName, listenerId, data) => ({ eventName, listenerId, data, pingData: { ...state } });
    const commands = {
      ping: (back) => back({ ...state }, true),
      addEventListener(back) {
        listeners.set(++last, back);
        back(event("listenerRegistered", last, true), true);
      },
      removeEventListener: (back, id) => back(event("listenerRemoved", id, listeners.delete(id)), true),
      hasSection: (back, section) => back(Object.hasOwn(state.parsedSections, section), true),
      getSection: (back, section) => back(state.parsedSections[section] ?? null, true),
      getField(back, path) {
        const [section, field] = String(path).split(".");
        back(state.parsedSections[section]?.[field] ?? null, true);
      },
    };
    window.__gpp = (command, back, parameter) => {
      if (typeof back !== "function") return;
      if (Object.hasOwn(commands, command)) commands[command](back, parameter);
      else back(false, false);
    };
    for (const call of waiting) window.__gpp(...call);
    takers.push(({ gpp }) => {
      const changed = state.gppString !== gpp.text;
      Object.assign(state, {
        cmpStatus: "loaded", signalStatus: "ready", gppString: gpp.text, applicableSections: gpp.applicable,
        sectionList: gpp.applicable.filter((id) => id > 0), parsedSections: gpp.sections,
      });
      if (!changed) return;
      for (const [id, back] of listeners) {
        for (const name of Object.keys(gpp.sections)) back(event("sectionChange", id, name), true);
        back(event("signalStatus", id, "ready"), true);
      }
    });
    locate("__gppLocator");
    answerFrames("__gppCall", "__gppReturn", ({ command, parameter }, back) => window.__gpp(command, back, parameter));
  }
  if (config.usp) {
    let uspString = null;
    const waiting = [];
    window.__uspapi = (command, version, back) => {
      if (typeof back !== "function") return;
      if (command !== "getUSPData" || version !== 1) back(null, false);
      else if (uspString === null) waiting.push(back);
      else back({ version, uspString }, true);
    };
    takers.push(({ us_privacy }) => {
      uspString = us_privacy;
      for (const back of waiting.splice(0)) back({ version: 1, uspString }, true);
    });
    locate("__uspapiLocator");
    answerFrames("__uspapiCall", "__uspapiReturn", ({ command, version }, back) => window.__uspapi(command, version, back));
  }
})();
