// Tells the site of page changes and of events that its pages name, and nobody else of anything.
// It stores nothing and asks nobody who is there. The first page is the server's to count.
(() => {
  "use strict";
  const address = new URL("../event", document.currentScript.src);
  let page = location.pathname, timer;

  const send = (message) => {
    if (navigator.globalPrivacyControl) return;
    const body = JSON.stringify(message);
    fetch(address, { method: "POST", keepalive: true, body }).catch(() => {});
  };

  // A page that leads on at once was not seen: the last of a moment's changes counts.
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(turned, 100);
  };
  const turned = () => {
    clearTimeout(timer);
    if (page === location.pathname) return;
    page = location.pathname;
    send({ page: page + location.search });
  };
  for (const name of ["pushState", "replaceState"]) {
    const change = history[name];
    history[name] = function () {
      change.apply(this, arguments);
      soon();
    };
  }
  addEventListener("popstate", soon);
  addEventListener("pagehide", turned);

  const told = (detail) => {
    turned();
    send(detail);
  };
  const named = (element) => {
    const { privacyEvent: event, privacyPurpose: purpose, privacyProps: props } = element.dataset;
    told({ event, purpose, props: props && JSON.parse(props) });
  };
  addEventListener("click", ({ target }) => {
    const found = target.closest && target.closest("[data-privacy-event]");
    if (found && found.tagName !== "FORM") named(found);
  }, true);
  addEventListener("submit", ({ target }) => {
    if (target.dataset.privacyEvent) named(target);
  }, true);
  addEventListener("privacy-event", ({ detail }) => told(detail));
})();
