// The assistant on another site, in one line: <script src="https://…/static/embed.js" async></script>
// It adds <assistant-france-services>, or fills the one that stands in the page. Nothing is asked of us before it is opened.

(() => {
  const ORIGIN = new URL(document.currentScript.src).origin;
  const NAME = "assistant-france-services";
  const OPEN = "Ouvrir l'assistant France services (assistant automatique)";
  const CLOSE = "Fermer l'assistant";
  const STYLE = `
    /* important, or the page's own rules for every element would win */
    :host { all: initial !important; display: block !important; position: fixed !important; right: 1rem !important; bottom: 1rem !important; z-index: 2147483000 !important; font: 1rem/1.4 system-ui, sans-serif !important; }
    button { font: inherit; min-height: 44px; padding: 0.5rem 1rem; border: 2px solid #fff; border-radius: 1.5rem; background: #1d4f7c; color: #fff; font-weight: 600; cursor: pointer; }
    button:focus-visible { outline: 3px solid #d1490b; outline-offset: 2px; }
    .panel { display: flex; flex-direction: column; gap: 0.5rem; align-items: flex-end; }
    iframe { width: min(26rem, calc(100vw - 2rem)); height: min(40rem, calc(100vh - 6rem)); border: 1px solid #75838f; border-radius: 0.75rem; background: #fff; }
    [hidden] { display: none; }
    @media print { :host { display: none !important; } }
    @media (forced-colors: active) { button { border-color: ButtonText; } }`;

  class Assistant extends HTMLElement {
    connectedCallback() {
      if (this.panel) return;
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
      this.panel = document.createElement("div");
      this.panel.className = "panel";
      this.button = document.createElement("button");
      this.button.type = "button";
      this.button.textContent = "Une démarche ?";
      this.button.addEventListener("click", () => this.toggle());
      this.panel.append(this.button);
      root.append(this.panel);
      this.label();
      window.addEventListener("message", ({ source, origin, data }) => {
        if (origin === ORIGIN && source === this.frame?.contentWindow && data?.assistant === "close") this.toggle(false);
      });
      this.addEventListener("keydown", ({ key }) => { if (key === "Escape") this.toggle(false); });
    }

    get isOpen() {
      return Boolean(this.frame) && !this.frame.hidden;
    }

    toggle(open = !this.isOpen) {
      if (open && !this.frame) this.panel.prepend(this.newFrame());
      if (this.frame) this.frame.hidden = !open;
      this.label();
      if (open) this.frame.focus();
      else this.button.focus();
    }

    newFrame() {
      this.frame = document.createElement("iframe");
      this.frame.src = `${ORIGIN}/cadre`;
      this.frame.title = "Assistant France services";
      this.frame.allow = "microphone";
      this.frame.referrerPolicy = "no-referrer";
      return this.frame;
    }

    label() {
      this.button.setAttribute("aria-expanded", String(this.isOpen));
      this.button.textContent = this.isOpen ? "Fermer" : "Une démarche ?";
      this.button.setAttribute("aria-label", this.isOpen ? CLOSE : `Une démarche ? ${OPEN}`);
    }
  }

  if (customElements.get(NAME)) return;
  customElements.define(NAME, Assistant);
  const add = () => document.querySelector(NAME) ?? document.body.append(document.createElement(NAME));
  if (document.body) add();
  else addEventListener("DOMContentLoaded", add);
})();
