// One function a kind of reply: a reply of the contract in, an element out.

import { button, dateInWords, dayInWords, link, make, paragraphs, phone, safeLink, timeInWords } from "./dom.js";

const km = (value) => (value < 1 ? "à moins de 1\u00a0km" : `à ${value.toLocaleString("fr-FR")}\u00a0km`);
const list = (value) => (Array.isArray(value) ? value : []);

/** The element of a reply. `context` = {choose(id, label, button), conversation, places: Map}. */
export function bubble(reply, context) {
  const data = reply.data || {};
  const body = (BODIES[reply.kind] || (() => []))(data, reply, context);
  const wide = body.length || (reply.kind === "slots" && reply.choices?.length);
  const element = make("div", `bubble kind-${reply.kind}${wide ? " wide" : ""}`, paragraphs(reply.text), body);
  const others = reply.kind === "slots" ? otherChoices(reply) : list(reply.choices);
  if (others.length) element.append(choices(others, context));
  return element;
}

const BODIES = { documents, places, slots, appointment, emergency: calls, handoff };

function choices(offered, context) {
  const group = make("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Réponses proposées");
  group.append(...offered.map(({ id, label }) => button(label, "choice", (self) => context.choose(id, label, self))));
  return group;
}

function documents(data) {
  const found = list(data.documents);
  if (!found.length) return [];
  return [
    data.title && make("h2", "", `À apporter : ${data.title}`),
    ...documentLists(found),
    list(data.cost).length > 0 && make("ul", "facts", list(data.cost).map((text) => make("li", "", text))),
    list(data.not_needed).length > 0 && notNeeded(data.not_needed),
    list(data.remarks).length > 0 && make("ul", "facts", list(data.remarks).map((text) => make("li", "", text))),
    data.online && make("p", "", "En ligne : ", safeLink(data.online.label, data.online.url)),
    data.phone && make("p", "", `${data.phone.name} : `, phone(data.phone.number)),
    sources(data),
    printButton("Imprimer la liste"),
  ];
}

/** What is asked for in any case, and, folded, what the answers to come may add. */
function documentLists(items) {
  const certain = items.filter((item) => item.certain !== false);
  const uncertain = items.filter((item) => item.certain === false);
  const more = `Peut-être aussi, selon votre situation (${uncertain.length})`;
  return [
    certain.length > 0 && make("ul", "documents", certain.map(documentItem)),
    uncertain.length > 0 && make("details", "", make("summary", "", more), make("ul", "documents", uncertain.map(documentItem))),
  ];
}

function documentItem(item) {
  const tick = make("input");
  tick.type = "checkbox";
  const optional = item.required === false && [" ", make("em", "tag", "si vous l'avez")];
  const label = make("span", "", item.label, optional);
  const note = [item.note, item.why].filter(Boolean).join(" ");
  return make("li", "", make("label", "", tick, label), note && make("p", "note", note));
}

function notNeeded(items) {
  const lines = items.map((item) => make("li", "", `${item.label}. ${item.note || ""}`));
  return make("div", "", make("h3", "", "Ce n'est pas nécessaire"), make("ul", "facts", lines));
}

function sources(data) {
  const found = list(data.sources);
  if (!found.length) return null;
  const lines = found.map((source) => make("li", "", safeLink(source.title, source.url), `, ${datesOf(source)}`));
  const title = data.official_list === false ? "D'où viennent ces informations (liste non officielle)" : "Demandé par (sources)";
  return make("details", "", make("summary", "", title), make("ul", "sources", lines));
}

function datesOf(source) {
  const text = source.date ? `texte du ${dateInWords(source.date)}` : "page sans date";
  return `${text}, vérifié le ${dateInWords(source.checked)}`;
}

function places(data, _reply, context) {
  const found = list(data.places);
  for (const place of found) context.places.set(place.id, place);
  const notice = found.some((place) => place.sample) && make("p", "notice", "Annuaire d'exemple : ces lieux ne sont pas réels.");
  const dated = found.find((place) => place.data_date)?.data_date;
  return [
    found.length > 0 && make("div", "cards", found.map(placeCard)),
    notice,
    dated && make("p", "help", `Horaires et téléphones : données du ${dateInWords(dated)}.`),
  ].filter(Boolean);
}

function placeCard(place) {
  const away = typeof place.distance_km === "number" && make("span", "distance", km(place.distance_km));
  const taking = place.takes_appointments ? "sur rendez-vous" : "sans rendez-vous";
  return make(
    "article",
    "card",
    make("h3", "", make("span", "", place.name), away),
    make("address", "", place.address),
    make("div", "badges", make("span", `badge${place.takes_appointments ? " yes" : ""}`, taking), place.kind_label && make("span", "badge", place.kind_label)),
    make("p", place.open_now ? "open" : "", place.opening || opening(place)),
    place.phone && phone(place.phone, `Appeler le ${place.phone}`),
    place.hours || place.comment ? details(place) : null,
  );
}

function opening(place) {
  if (place.open_now) return "Ouvert en ce moment";
  const next = place.next_opening;
  return next ? `Prochaine ouverture : ${dayInWords(next)} à ${timeInWords(next)}` : "Horaires non communiqués";
}

function details(place) {
  return make("details", "", make("summary", "", "Horaires et précisions"), place.hours && make("p", "", place.hours), paragraphs(place.comment));
}

function slots(data, reply, context) {
  const labels = new Map(list(reply.choices).map((choice) => [choice.id, choice.label]));
  const found = list(data.slots).filter((slot) => labels.has(slot.id));
  for (const place of list(data.places)) context.places.set(place.id, place);
  const names = new Set(found.map((slot) => slot.place));
  const title = (slot) => (names.size > 1 ? `${dayInWords(slot.start)}, ${placeName(slot, context)}` : dayInWords(slot.start));
  return [...grouped(found, title)].map(([day, group]) =>
    make("div", "day", make("h3", "", day), make("div", "times", group.map((slot) => slotButton(slot, labels.get(slot.id), context)))),
  );
}

const placeName = (slot, context) => slot.place_name || context.places.get(slot.place)?.name || "autre lieu";

function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) || []), item]);
  return groups;
}

function slotButton(slot, label, context) {
  const element = button(timeInWords(slot.start), "choice", (self) => context.choose(slot.id, label, self));
  // begins with what is written on it, so that a voice command finds it
  element.setAttribute("aria-label", `${timeInWords(slot.start)}, ${dayInWords(slot.start)}`);
  return element;
}

function otherChoices(reply) {
  const shown = new Set(list(reply.data?.slots).map((slot) => slot.id));
  return list(reply.choices).filter((choice) => !shown.has(choice.id));
}

function appointment(data, _reply, context) {
  const cancelled = data.status === "cancelled";
  const rows = [
    ["Quand", `${dayInWords(data.start)} à ${timeInWords(data.start)}`],
    ["Où", [data.place_name || context.places.get(data.place)?.name, data.address].filter(Boolean).join(", ")],
    ["Au nom de", data.name],
    ["État", cancelled ? "annulé" : "confirmé"],
  ].filter(([, value]) => value);
  const facts = make("dl", "", rows.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]));
  if (data.phone) facts.append(make("dt", "", "Téléphone"), make("dd", "", phone(data.phone)));
  const card = make(
    "article",
    `card appointment ${cancelled ? "cancelled" : ""}`,
    make("p", "code", make("span", "", "Code du rendez-vous"), make("strong", "", data.code)),
    facts,
    cancelled ? null : reminder(data),
  );
  if (!cancelled) card.append(make("div", "choices no-print", printButton("Imprimer"), calendarLink(data, context)));
  return [card];
}

function reminder(data) {
  return list(data.reminder).flatMap((part) => [
    make("h3", "", `À apporter : ${part.title}`),
    ...documentLists(list(part.documents)),
  ]);
}

function calendarLink(data, context) {
  const path = `/api/appointments/${encodeURIComponent(data.code)}.ics?conversation=${encodeURIComponent(context.conversation)}`;
  const element = link("Ajouter à mon agenda", path, "button");
  element.download = "";
  return element;
}

function calls(data) {
  const numbers = list(data.numbers).map((entry) => (typeof entry === "object" ? entry : { number: String(entry) }));
  return numbers.length ? [make("ul", "calls", numbers.map((entry) => make("li", "", callLink(entry))))] : [];
}

function callLink({ number, label, name }) {
  const what = label || name ? ` (${label || name})` : "";
  // 114 is for those who cannot speak: it is written to
  if (number === "114") return link(`Écrire un SMS au 114${what}`, "sms:114", "button call");
  return phone(number, `Appeler le ${number}${what}`, "button call");
}

function handoff(data, reply, context) {
  const numbers = data.numbers || data.phones || (data.phone ? [data.phone] : []);
  return [...calls({ numbers: list(numbers) }), ...places(data, reply, context)];
}

function printButton(label) {
  return button(label, "no-print", (self) => {
    const printed = self.closest(".bubble");
    printed.classList.add("printed");
    document.body.classList.add("one");
    window.print();
    printed.classList.remove("printed");
    document.body.classList.remove("one");
  });
}
