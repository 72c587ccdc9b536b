// Elements made with textContent only: nothing that was said is ever read as HTML.

/** make("p", "note", "text", child…): strings become text, null and false are left out. */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.flat().filter((child) => child || child === 0));
  return element;
}

export function button(label, className, onClick) {
  const element = make("button", className, label);
  element.type = "button";
  element.addEventListener("click", () => onClick(element));
  return element;
}

export function link(label, href, className = "") {
  const element = make("a", className, label);
  element.href = href;
  if (/^https?:/.test(href)) element.rel = "noopener noreferrer";
  return element;
}

export const phone = (number, label = number, className = "phone") =>
  link(label, `tel:${String(number).replace(/[^+\d]/g, "")}`, className);

/** An address only where it is one: a "javascript:" one would run. */
export const safeLink = (label, url) => (/^https?:\/\//.test(url || "") ? link(label, url) : document.createTextNode(label));

const DAY = new Intl.DateTimeFormat("fr-FR", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
const DATE = new Intl.DateTimeFormat("fr-FR", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

// the ISO text holds the place's own day and hour: the telephone's zone must not change them
const utcDay = (iso) => new Date(`${iso.slice(0, 10)}T00:00:00Z`);
export const dayInWords = (iso) => DAY.format(utcDay(iso)).replace(/ 1 /, " 1er ");
export const dateInWords = (iso) => DATE.format(utcDay(iso)).replace(/^1 /, "1er ");
export function timeInWords(iso) {
  const [hour, minute] = iso.slice(11, 16).split(":").map(Number);
  return minute ? `${hour}\u00a0h\u00a0${String(minute).padStart(2, "0")}` : `${hour}\u00a0h`;
}

/** Lines of a text as paragraphs; lines that begin with "-" or "•" as a list. */
export function paragraphs(text) {
  const blocks = [];
  for (const line of String(text || "").split("\n").map((part) => part.trim()).filter(Boolean)) {
    const item = /^[-•]\s+(.*)/.exec(line);
    if (!item) blocks.push(make("p", "", line));
    else if (blocks.at(-1)?.tagName === "UL") blocks.at(-1).append(make("li", "", item[1]));
    else blocks.push(make("ul", "facts", make("li", "", item[1])));
  }
  return blocks;
}
