// <assistant-chat>: the conversation, kept over a reload by its id in sessionStorage.

import { call, Problem } from "./api.js";
import { bubble } from "./bubbles.js";
import { button, make } from "./dom.js";
import "./print.js";

const KEPT = "assistant.conversation";
const PATH = "/api/conversations";
const EXPIRED = "La conversation précédente est terminée. En voici une nouvelle.";

// private browsing may refuse storage: the conversation then ends with the page
const store = {
  read: () => { try { return sessionStorage.getItem(KEPT); } catch { return null; } },
  write: (id) => { try { id ? sessionStorage.setItem(KEPT, id) : sessionStorage.removeItem(KEPT); } catch { /* see above */ } },
};

class AssistantChat extends HTMLElement {
  connectedCallback() {
    this.log = this.querySelector(".log");
    this.status = this.querySelector(".status");
    this.alert = this.querySelector(".alert");
    this.form = this.querySelector("form");
    this.field = this.querySelector("textarea");
    this.examples = this.querySelector(".examples");
    this.context = { choose: (id, label, taken) => this.choose(id, label, taken), places: new Map(), conversation: null };
    this.busy = false;
    this.listen();
    this.begin();
  }

  /** The conversation, then what the address asked for ("/?demarche=caf/rsa"): once, a reload must not ask again. */
  async begin() {
    await this.resume();
    const { first } = this.dataset;
    if (!first || !this.context.conversation) return;
    history.replaceState(null, "", location.pathname);
    await this.send({ text: first });
  }

  listen() {
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.sendField(); });
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.sendField(); }
    });
    this.field.addEventListener("input", () => this.checkLength());
    for (const example of this.examples.querySelectorAll("button")) example.addEventListener("click", () => this.send({ text: example.textContent }));
    const tools = { restart: () => this.send({ text: "Recommencer" }), human: () => this.send({ text: "Parler à quelqu'un" }), erase: () => this.erase() };
    for (const tool of this.querySelectorAll("[data-tool]")) tool.addEventListener("click", tools[tool.dataset.tool]);
  }

  async resume() {
    const kept = store.read();
    if (!kept) return this.open();
    await this.during(async () => {
      try {
        const found = await call("GET", `${PATH}/${encodeURIComponent(kept)}`, null, (text) => this.say(text));
        this.context.conversation = kept;
        for (const turn of found.turns) turn.author === "person" ? this.addPerson(turn.text) : this.addReplies([turn.reply]);
        this.examples.hidden = found.turns.some((turn) => turn.author === "person" || turn.reply?.choices?.length);
        this.log.lastElementChild?.scrollIntoView({ block: "end" });
      } catch (problem) {
        if (problem.status !== 404) throw problem;
        await this.openNow();
      }
    });
  }

  open() {
    return this.during(() => this.openNow());
  }

  async openNow(notice = "") {
    const opened = await call("POST", PATH, null, (text) => this.say(text));
    this.context.conversation = opened.conversation;
    store.write(opened.conversation);
    if (notice) this.addReplies([{ kind: "text", text: notice }]);
    this.addReplies(opened.replies);
    // a welcome with choices of its own makes the examples one list too many
    this.examples.hidden = opened.replies.some((reply) => reply.choices?.length);
  }

  /** One thing at a time: a second click while the first is on its way does nothing. */
  async during(work) {
    if (this.busy) return;
    this.busy = true;
    this.alert.textContent = "";
    this.setAttribute("aria-busy", "true");
    try {
      await work();
    } catch (problem) {
      this.fail(problem);
    } finally {
      this.busy = false;
      this.removeAttribute("aria-busy");
      this.say("");
    }
  }

  sendField() {
    const text = this.field.value.trim();
    if (text && this.checkLength() && !this.busy) this.send({ text }, text, true);
  }

  choose(id, label, taken) {
    return this.send({ choice: id }, label, false, taken);
  }

  send(body, shown = body.text, fromField = false, taken = null) {
    return this.during(async () => {
      const asked = this.addPerson(shown);
      if (fromField) this.field.value = "";
      taken?.classList.add("taken");
      this.say("L'assistant prépare sa réponse…");
      try {
        await this.turn(body);
        if (taken) taken.disabled = true;
        this.examples.hidden = true;
      } catch (problem) {
        taken?.classList.remove("taken");
        this.keep(asked, body, shown, fromField, problem);
        throw problem;
      }
    });
  }

  async turn(body) {
    const path = () => `${PATH}/${encodeURIComponent(this.context.conversation)}/messages`;
    try {
      if (!this.context.conversation) await this.openNow();
      this.answer(await call("POST", path(), body, (text) => this.say(text)));
    } catch (problem) {
      if (problem.status !== 404) throw problem;
      await this.openNow(EXPIRED);
      if (body.text) this.answer(await call("POST", path(), body));
    }
  }

  answer({ replies }) {
    const shown = this.addReplies(replies);
    // a taken button is disabled and loses the focus: give it to the answer, never to the field (it opens the keyboard)
    if (document.activeElement !== this.field) shown.focus({ preventScroll: true });
    shown.previousElementSibling?.scrollIntoView({ block: "start" });
  }

  /** What was not sent is given back: in the field where it was typed, as a button otherwise. */
  keep(asked, body, shown, fromField, problem) {
    asked.firstElementChild.classList.add("failed");
    if (fromField) {
      asked.remove();
      if (!this.field.value) this.field.value = shown;
    } else if (problem.status === 0 || problem.status >= 429) {
      const again = button("Renvoyer", "", () => { asked.remove(); this.send(body, shown); });
      asked.append(again);
    }
  }

  async erase() {
    if (!window.confirm("Effacer toute la conversation ? Vos rendez-vous pris sont gardés : notez bien leur code.")) return;
    await this.during(async () => {
      if (this.context.conversation) {
        await call("DELETE", `${PATH}/${encodeURIComponent(this.context.conversation)}`).catch((problem) => {
          if (problem.status !== 404) throw problem;
        });
      }
      store.write(null);
      this.log.replaceChildren();
      this.context.places.clear();
      await this.openNow("Votre conversation est effacée.");
      this.field.focus();
    });
  }

  addPerson(text) {
    const turn = make("div", "turn person", make("div", "bubble", make("span", "said", "Vous : "), text));
    this.log.append(turn);
    turn.scrollIntoView({ block: "nearest" });
    return turn;
  }

  addReplies(replies) {
    const turn = make("div", "turn assistant", make("span", "said", "Assistant : "), replies.map((reply) => bubble(reply, this.context)));
    turn.tabIndex = -1;
    this.log.append(turn);
    return turn;
  }

  checkLength() {
    const limit = Number(this.dataset.limit);
    const over = this.field.value.length - limit;
    this.alert.textContent = over > 0 ? `Message trop long de ${over} caractères : dites l'essentiel en une ou deux phrases.` : "";
    return over <= 0;
  }

  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  fail(problem) {
    this.alert.textContent = problem instanceof Problem ? problem.message : "Une erreur s'est produite. Rechargez la page.";
    if (!(problem instanceof Problem)) console.error(problem);
  }
}

customElements.define("assistant-chat", AssistantChat);
