// Makes the pages smoother, and shows the signal's status on pages of the site's own.
// Everything works without it. It stores nothing and asks nobody but the site.
(() => {
  "use strict";
  const home = new URL("..", document.currentScript.src);

  // <privacy-status></privacy-status>: "Opt-out request honoured", wherever a page wants it.
  customElements.define("privacy-status", class extends HTMLElement {
    async connectedCallback() {
      try {
        const answer = await fetch(new URL("status.json", home), { cache: "no-store" });
        const status = await answer.json();
        this.dataset.gpc = status.signals.gpc;
        this.dataset.honoured = status.signals.gpc_honoured;
        this.dataset.optedOut = status.choice.opted_out;
        this.textContent = status.message;
      } catch {
        this.textContent = "";
      }
    }
  });

  const shell = document.getElementById("privacy");
  if (!shell || !location.pathname.startsWith(home.pathname)) return;

  // Send our forms in place, so that a screen reader hears the result and nothing jumps.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const address = new URL(form.getAttribute("action"), location);
    if (form.elements.next || form.dataset.plain || !address.href.startsWith(home.href)) return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const buttons = [...document.querySelectorAll("button")];
    for (const button of buttons) button.disabled = true;
    try {
      const answer = await fetch(address, { method: "POST", body });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      shell.replaceChildren(...page.getElementById("privacy").childNodes);
      document.title = page.title;
      if (answer.redirected) history.replaceState(null, "", answer.url);
      announce();
    } catch {
      for (const button of buttons) button.disabled = false;
      form.dataset.plain = "1";
      form.requestSubmit(event.submitter);
    }
  });

  // A live region speaks when its content changes, not when it arrives full.
  function announce() {
    const live = shell.querySelector("[role=status], [role=alert]");
    const words = [...live.childNodes];
    live.replaceChildren();
    shell.querySelector("h1").focus();
    requestAnimationFrame(() => live.replaceChildren(...words));
  }
})();
