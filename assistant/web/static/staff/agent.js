// The day stays true while it is open: what is booked, moved or changed elsewhere comes in by itself.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

const list = document.getElementById("liste");
const news = document.getElementById("nouveau");

async function refresh() {
  const response = await fetch(list.dataset.fragment, { headers: { "X-Fragment": "1" }, cache: "no-store" });
  if (!response.ok) return say(response.status === 401 ? "Vous êtes déconnecté. Rechargez la page." : "La liste n'a pas pu être mise à jour. Rechargez la page.");
  const before = list.querySelectorAll("tbody tr").length;
  const focused = document.activeElement?.getAttribute("href");
  list.innerHTML = await response.text(); // our own template, which escapes what people wrote
  if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  const more = list.querySelectorAll("tbody tr").length - before;
  say(more > 0 ? `${more} nouveau${more > 1 ? "x" : ""} rendez-vous.` : "La liste a changé.");
}

function say(text) {
  news.textContent = text;
}

if (list && "EventSource" in window) {
  const source = new EventSource(list.dataset.flux);
  let known = list.dataset.version; // what the page shows: a change since then is not missed
  source.addEventListener("version", ({ data }) => {
    if (known !== data) refresh().catch(() => say("Pas de connexion : la liste n'est peut-être plus à jour."));
    known = data;
  });
  source.addEventListener("end", () => { source.close(); say("Vous êtes déconnecté. Rechargez la page."); });
  addEventListener("pagehide", () => source.close());
}
