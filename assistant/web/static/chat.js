// The conversation without reloading the page: forms are sent by fetch and the server's own HTML is put in place.
// Nothing is lost on the way: what could not be sent waits, with its number, and is answered once.

import { send, Problem } from "./send.js";
import "./print.js";
import "./voice.js";

const chat = document.getElementById("chat");
const log = chat.querySelector(".log");
const status = chat.querySelector(".status");
const alert = chat.querySelector(".alert");
const field = chat.querySelector("textarea");
const WAITING = "assistant.waiting";
const TICKED = "assistant.ticked";
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("assistant") : null;
const PREPARING = "L'assistant prépare sa réponse…";
const WAITS = "Pas de connexion. Votre message partira tout seul dès qu'elle revient.";
let busy = false;
let queued = false;
let current = Promise.resolve(true);

// private browsing may refuse storage: what waits then ends with the page
const kept = {
  read: (name) => { try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; } },
  write: (name, value) => { try { value ? sessionStorage.setItem(name, JSON.stringify(value)) : sessionStorage.removeItem(name); } catch { /* see above */ } },
};

const element = (html) => new DOMParser().parseFromString(html, "text/html").body;
const say = (text) => { if (status.textContent !== text) status.textContent = text; };
const complain = (text) => { alert.textContent = text; };

/** One thing at a time: a second press while the first is on its way does nothing. */
function during(work) {
  if (!busy) current = alone(work);
  return current;
}

/** What is pressed while an answer is on its way: done once it is there, and not where it failed. */
async function afterwards(work) {
  if (queued) return;
  queued = true;
  const well = await current;
  queued = false;
  if (well) work();
}

/** Whether it went well. */
async function alone(work) {
  busy = true;
  complain("");
  chat.setAttribute("aria-busy", "true");
  try {
    await work();
    return true;
  } catch (problem) {
    complain(problem instanceof Problem ? problem.message : "Une erreur s'est produite. Rechargez la page.");
    if (!(problem instanceof Problem)) console.error(problem);
    return false;
  } finally {
    busy = false;
    chat.removeAttribute("aria-busy");
    say("");
  }
}

function turn(fields, shown, button) {
  return during(async () => {
    const asked = personSaid(shown);
    button?.classList.add("taken");
    const message = { ...fields, envoi: crypto.randomUUID?.() ?? String(Date.now()) + Math.random().toString(16).slice(2) };
    kept.write(WAITING, { message, shown });
    await deliver(message, asked, button);
  });
}

/** Until it is answered or refused: a network that is down is waited for. */
async function deliver(message, asked, button) {
  say(PREPARING);
  try {
    const answer = await send("/conversation", message, { onWait: say, onOffline: () => { asked.firstElementChild.classList.add("waiting"); say(WAITS); } });
    kept.write(WAITING, null);
    show(answer, asked);
    if (button) button.disabled = true;
  } catch (problem) {
    kept.write(WAITING, null);
    button?.classList.remove("taken");
    asked.remove();
    if (message.text) field.value = [message.text, field.value].filter(Boolean).join(" ");
    throw problem;
  }
}

function show(answer, asked) {
  const rows = [...element(answer.html).children];
  if (answer.conversation === log.dataset.conversation) asked.replaceWith(...rows);
  else log.replaceChildren(...rows);
  belongsTo(answer.conversation);
  document.getElementById("premier")?.remove();
  tickAgain();
  const last = rows.at(-1);
  // a taken button is disabled and loses the focus: give it to the answer, never to the field (it opens the keyboard)
  if (document.activeElement !== field) last.focus({ preventScroll: true });
  (rows.at(-2) ?? last).scrollIntoView({ block: "start" });
  chat.dispatchEvent(new CustomEvent("answered", { detail: last }));
  tabs?.postMessage("said");
}

function personSaid(text) {
  const said = document.createElement("div");
  said.className = "turn person";
  const bubble = document.createElement("div");
  bubble.className = "bubble";
  bubble.textContent = text;
  said.append(bubble);
  log.append(said);
  said.scrollIntoView({ block: "nearest" });
  return said;
}

/** The conversation's id in every form: a frame may have no cookie to find it by. */
function belongsTo(conversation) {
  if (!conversation || conversation === log.dataset.conversation) return;
  log.dataset.conversation = conversation;
  document.getElementById("accueil").hidden = true;
  document.getElementById("aide").className = "said"; // room for the answers; a screen reader still says it
  for (const input of chat.querySelectorAll('input[name="conversation"]')) input.value = conversation;
  for (const tool of chat.querySelectorAll(".tools > form[hidden], .tools > details[hidden]")) tool.hidden = false;
}

/** Make the log what the server has, touching only what differs: a screen reader hears what is new. */
function agree(html) {
  const rows = [...element(html).children];
  while (log.children.length > rows.length) log.lastElementChild.remove();
  const last = log.children.length - 1;
  const before = log.children[last];
  if (before && (before.textContent !== rows[last].textContent || before.querySelector(".taken"))) before.replaceWith(rows[last]);
  log.append(...rows.slice(last + 1));
  tickAgain();
}

async function refresh(path = location.pathname) {
  const found = await send(path, null, { onWait: say });
  agree(found.html);
  belongsTo(found.conversation);
}

chat.addEventListener("submit", (event) => {
  const form = event.target;
  const pressed = event.submitter;
  const fields = Object.fromEntries(new FormData(form, pressed));
  if (form.matches("[data-turn]")) {
    event.preventDefault();
    if (pressed?.name === "choice") turn({ ...fields }, pressed.textContent.trim(), pressed);
    else if (pressed?.name === "text") turn({ ...fields }, pressed.value);
    else sendField(fields);
  } else if (form.matches("[data-log]")) {
    event.preventDefault();
    afterwards(() => during(() => agreeAfter(form.getAttribute("action"), fields)));
  } else if (form.matches("[data-in-place]")) {
    event.preventDefault();
    during(async () => { form.closest("details").replaceWith(...element((await send(form.getAttribute("action"), fields)).html).children); });
  }
});

async function agreeAfter(path, fields) {
  agree((await send(path, fields)).html);
  log.lastElementChild?.scrollIntoView({ block: "nearest" });
  tabs?.postMessage("said");
}

function sendField(fields) {
  const text = field.value.trim();
  if (!text || !fits()) return;
  if (busy) {
    // typed while the answer before was on its way: submitted again, then, with the conversation's id of then
    afterwards(() => field.form.requestSubmit());
    return;
  }
  field.value = "";
  turn({ ...fields, text }, text);
}

function fits() {
  const over = field.value.length - Number(chat.dataset.limit);
  complain(over > 0 ? `Message trop long de ${over} caractères : dites l'essentiel en une ou deux phrases.` : "");
  return over <= 0;
}

field.addEventListener("input", fits);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); field.form.requestSubmit(); }
});

// documents ticked stay ticked over a reload, on this tab only
log.addEventListener("change", ({ target }) => {
  if (!target.dataset.document) return;
  const ticked = new Set(kept.read(TICKED) ?? []);
  target.checked ? ticked.add(target.dataset.document) : ticked.delete(target.dataset.document);
  kept.write(TICKED, [...ticked]);
});
function tickAgain() {
  const ticked = new Set(kept.read(TICKED) ?? []);
  for (const box of log.querySelectorAll("[data-document]")) box.checked = box.checked || ticked.has(box.dataset.document);
}

for (const form of chat.querySelectorAll('form[action$="/effacer"]')) form.addEventListener("submit", () => { kept.write(TICKED, null); kept.write(WAITING, null); });
tabs?.addEventListener("message", () => { if (!busy) refresh().catch(() => {}); });
window.addEventListener("keydown", (event) => { if (event.key === "Escape" && parent !== window) parent.postMessage({ assistant: "close" }, "*"); });

async function begin() {
  tickAgain();
  if ("loading" in chat.dataset) await during(() => refresh());
  const waiting = kept.read(WAITING);
  if (waiting) await during(() => deliver({ ...waiting.message, conversation: log.dataset.conversation || waiting.message.conversation }, personSaid(waiting.shown)));
  else if (log.lastElementChild) log.lastElementChild.scrollIntoView({ block: "nearest" });
}
begin();
