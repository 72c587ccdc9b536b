// A call on one screen, by keyboard: words are understood as they are typed, digits choose, F keys do the rest.

const $ = (id) => document.getElementById(id);
const field = $("mots"), panel = $("panneau"), candidates = $("candidats");
const SHORTEST = 3, PAUSE_MS = 400;
const NOTHING = { candidates: [] };
const CSRF = document.body.dataset.csrf;
let current = Promise.resolve(), call = null, began = 0, busy = false, reading = 0, asking = false, understood = "", guessed = [];

const say = (text) => { $("etat").textContent = text; };
const complain = (text) => { $("alerte").textContent = text; };

async function send(path, fields, signal) {
  const json = path.endsWith("/triage");
  const options = { cache: "no-store", signal, headers: { "X-Fragment": "1", "X-CSRF-Token": CSRF } };
  if (fields) Object.assign(options, { method: "POST", body: json ? JSON.stringify(fields) : new URLSearchParams(fields) });
  if (json) options.headers["Content-Type"] = "application/json";
  const response = await fetch(path, options);
  if (response.ok) return response;
  let detail = "Une erreur s'est produite. Réessayez.";
  try { detail = (await response.json()).detail || detail; } catch { /* not a problem of ours: the words above */ }
  throw new Error(detail);
}

/** One turn at a time. Words wait for the answer before; a choice pressed meanwhile was one of a panel that is about to change. */
function turn(fields, words) {
  if (!busy || words) current = current.then(() => answer(fields, words));
}

/** What fails is said and the words are kept. */
async function answer(fields, words) {
  busy = true;
  complain("");
  say("L'assistant cherche…");
  panel.classList.add("busy");
  try {
    const path = call ? `/operateur/appels/${call}/tour` : "/operateur/appels";
    const response = await send(path, { ...fields, envoi: crypto.randomUUID?.() ?? String(Math.random()) });
    await show(response);
  } catch (problem) {
    complain(problem.message);
    if (words && !field.value) field.value = words;
  } finally {
    busy = false;
    say("");
    panel.classList.remove("busy");
    field.focus();
  }
}

async function show(response) {
  const html = await response.text();
  call = response.headers.get("X-Call") ?? call;
  if (!began) start();
  panel.innerHTML = html; // our own template, which escapes what people said
  reading = 0;
  read(0);
  $("annuler").disabled = $("finir").disabled = false;
}

function start() {
  began = Date.now();
  setInterval(() => {
    const seconds = Math.floor((Date.now() - began) / 1000);
    $("duree").textContent = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  }, 1000);
}

// understood as it is typed, word by word: half a word is asked only when the typing stops, it would mean something else.
// One question at a time: the newest words are asked when the answer before is there
let pause = 0;
field.addEventListener("input", () => {
  clearTimeout(pause);
  if (/[\p{L}\p{N}]$/u.test(field.value)) pause = setTimeout(understand, PAUSE_MS);
  else understand();
});

async function understand() {
  if (asking) return;
  asking = true;
  for (let text; (text = field.value.trim()) !== understood;) {
    understood = text;
    try {
      const found = text.length < SHORTEST ? NOTHING : await (await send("/operateur/triage", { text })).json();
      if (field.value.trim()) offer(found);
    } catch { /* the next key asks again */ }
  }
  asking = false;
}

function offer(found) {
  const numbers = (found.emergency?.numbers ?? []).map((each) => each.number ?? each);
  $("urgence").textContent = numbers.length ? `Urgence : appelez le ${numbers.join(", le ")}` : "";
  guessed = found.candidates.map((each) => each.id);
  candidates.replaceChildren(...found.candidates.map(line));
}

function line(candidate, index) {
  const item = document.createElement("li"), button = document.createElement("button");
  const part = (tag, text, name = "") => Object.assign(document.createElement(tag), { textContent: text, className: name });
  button.type = "button";
  button.dataset.candidate = candidate.id;
  button.dataset.title = candidate.title;
  button.append(part("kbd", `Alt ${index + 1}`), part("span", candidate.title), part("span", `${Math.round(100 * candidate.confidence)} %`, "sure"));
  const why = candidate.because?.length ? ` : ${candidate.because.join(", ")}` : "";
  button.append(part("span", `${candidate.partner}${why}`, "help"));
  item.append(button);
  return item;
}

function sendWords() {
  const text = field.value.trim();
  if (!text) return;
  clear();
  turn({ text }, text);
}

/** The procedure of a line: the caller's own words where it is the likeliest, else its title, and what was taken is learnt. */
function take(button) {
  const heard = field.value.trim(), first = guessed[0] === button.dataset.candidate;
  const fields = first && heard ? { text: heard } : { text: button.dataset.title, dit: heard, choisie: button.dataset.candidate, cru: guessed.join(",") };
  clear();
  turn(fields, heard);
}

function clear() {
  field.value = understood = "";
  offer(NOTHING);
}

function pick(button) {
  turn(button.dataset.pick === "creneau" ? { creneau: button.value, lieu: button.dataset.place } : { choice: button.value });
}

function read(step) {
  const lines = [...panel.querySelectorAll("[data-documents] > li")];
  if (!lines.length) return;
  reading = Math.min(Math.max(reading + step, 0), lines.length - 1);
  lines.forEach((each, index) => each.classList.toggle("current", index === reading));
  lines[reading].scrollIntoView({ block: "nearest" });
  const count = panel.querySelector("[data-count]");
  if (count) count.textContent = `(${reading + 1} sur ${lines.length})`;
  if (step) say(lines[reading].textContent);
}

async function undo() {
  if (busy || !call) return;
  try { await show(await send(`/operateur/appels/${call}/retour`, {})); } catch (problem) { complain(problem.message); }
  field.focus();
}

candidates.addEventListener("click", ({ target }) => { const button = target.closest("[data-candidate]"); if (button) take(button); });
panel.addEventListener("click", ({ target }) => { const button = target.closest("[data-pick]"); if (button) pick(button); });
$("annuler").addEventListener("click", undo);
$("finir").addEventListener("click", () => open_("bilan"));
$("chercher").addEventListener("click", () => open_("recherche"));
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("close", () => field.focus());

function open_(name) {
  if (!document.querySelector("dialog[open]") && !(name === "bilan" && !call)) $(name).showModal();
}

document.addEventListener("keydown", (event) => {
  const digit = /^Digit[1-9]$/.test(event.code) ? Number(event.code.slice(5)) : /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
  const dialog = document.querySelector("dialog[open]");
  if (dialog) {
    if (dialog.id === "bilan" && digit && event.target.id !== "note") choose(event, dialog.querySelectorAll('[name="motif"]')[digit - 1]);
    return;
  }
  const keys = { F2: () => open_("bilan"), F4: () => open_("recherche"), F8: undo, F9: () => read(event.shiftKey ? -1 : 1), Escape: clear };
  if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  else if (digit && event.altKey) press(event, candidates.querySelectorAll("[data-candidate]")[digit - 1]);
  else if (digit && !event.ctrlKey && !event.metaKey && !(event.target === field && field.value) && event.target.tagName !== "INPUT") press(event, panel.querySelectorAll("[data-pick]")[digit - 1]);
  else if (event.key === "Enter" && event.target === field && !event.shiftKey && !event.isComposing) { event.preventDefault(); sendWords(); }
});

function press(event, button) {
  if (!button) return;
  event.preventDefault();
  button.click();
}

function choose(event, radio) {
  if (!radio) return;
  event.preventDefault();
  radio.checked = true;
  radio.focus();
}

$("bilan-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(event.target));
  try {
    await send(`/operateur/appels/${call}/fin`, fields);
    // the next call begins on a new page: nothing of this one stays in memory or behind the back button
    location.replace("/operateur");
  } catch (problem) {
    $("bilan").close();
    complain(problem.message);
  }
});

const found = $("trouve");
async function into(path, fields) {
  try { found.innerHTML = await (await send(path, fields)).text(); } catch (problem) { found.textContent = problem.message; }
}
$("recherche-form").addEventListener("submit", (event) => { event.preventDefault(); into(`/operateur/recherche?q=${encodeURIComponent($("q").value)}`); });
found.addEventListener("click", ({ target }) => {
  const { open, move, cancel } = target.dataset;
  if (open) into(`/operateur/rendez-vous/${open}/creneaux`);
  if (move) into(`/operateur/rendez-vous/${move}/deplacement`, { creneau: target.value });
  if (cancel) into(`/operateur/rendez-vous/${cancel}/annulation`, {});
});
