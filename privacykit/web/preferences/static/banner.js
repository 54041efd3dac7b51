// Brings the banner to pages that are the same for everybody, sends an answer without a reload, and
// tells other scripts what may happen. It stores nothing and asks nobody but the site.
(() => {
  "use strict";
  const home = new URL("..", document.currentScript.src);
  const find = () => document.querySelector("[data-privacy-banner]");
  let root;

  // document.addEventListener("privacykit:choice", (event) => event.detail.purposes.ads)
  const tell = () => document.dispatchEvent(new CustomEvent("privacykit:choice", {
    detail: { purposes: JSON.parse(root.dataset.purposes) },
  }));

  // By XMLHttpRequest, which reads HTML where a policy demands trusted types.
  const fetchFragment = (after) => new Promise((resolve, reject) => {
    const address = new URL("banner", home);
    const lang = (root || document.documentElement).lang;
    if (lang) address.searchParams.set("lang", lang);
    if (after) address.searchParams.set("after", "1");
    const ask = new XMLHttpRequest();
    ask.open("GET", address);
    ask.responseType = "document";
    ask.onload = () => {
      const found = ask.status === 200 && ask.response.querySelector("[data-privacy-banner]");
      if (found) resolve(document.adoptNode(found));
      else reject(new Error("no banner"));
    };
    ask.onerror = reject;
    ask.send();
  });

  const put = (fragment) => {
    const place = document.querySelector("[data-privacy-place]");
    if (root) root.replaceWith(fragment);
    else if (place) place.replaceChildren(fragment);
    else if (fragment.dataset.privacyBanner === "asks") document.body.prepend(fragment);
    else document.body.append(fragment);
    take(fragment);
  };

  const take = (fragment) => {
    root = fragment;
    root.addEventListener("submit", answer);
    tell();
  };

  const answer = async (event) => {
    const form = event.target;
    const button = event.submitter;
    if (form.method !== "post" || form.dataset.plain) return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, button));
    for (const each of form.elements) each.disabled = true;
    try {
      const sent = await fetch(form.getAttribute("action"), { method: "POST", body, redirect: "manual" });
      if (sent.type !== "opaqueredirect") throw new Error("not kept");
      put(await fetchFragment(true));
      root.querySelector("[tabindex]")?.focus();
    } catch {
      // The browser sends it itself, and shows what the site has to say.
      for (const each of form.elements) each.disabled = false;
      form.dataset.plain = "1";
      form.requestSubmit(button);
    }
  };

  const begin = () => {
    const found = find();
    if (found) take(found);
    else fetchFragment().then(put, () => {});
  };
  begin();

  // A choice made elsewhere on the page, as beside a picture that waits, is an answer too.
  document.addEventListener("privacykit:choice", ({ detail }) => {
    const shown = root ? Object.entries(JSON.parse(root.dataset.purposes)) : [];
    if (shown.some(([id, may]) => may !== (detail.purposes[id] ?? may))) fetchFragment().then(put, () => {});
  });

  // A page that comes back from memory may show a question that was answered since.
  addEventListener("pageshow", (event) => {
    if (event.persisted) fetchFragment().then(put, () => {});
  });
})();
