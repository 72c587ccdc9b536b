// Reading aloud and dictation, by the browser's own voices where it has any.

const LANGUAGE = "fr-FR";
const chat = document.getElementById("chat");
const reading = chat.querySelector("[data-read]");
const dictating = chat.querySelector("[data-dictate]");
const field = chat.querySelector("textarea");
const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
const HEARD_ELSEWHERE = "La dictée passe par votre navigateur : il peut envoyer votre voix à son fabricant. Continuer ?";

/** What a bubble says, without the buttons and what is folded. */
function words(turn) {
  const copy = turn.cloneNode(true);
  for (const extra of copy.querySelectorAll("button, form, details, svg, .said, .no-print")) extra.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}

function read(turn) {
  speechSynthesis.cancel();
  const spoken = new SpeechSynthesisUtterance(words(turn));
  spoken.lang = LANGUAGE;
  spoken.voice = speechSynthesis.getVoices().find((voice) => voice.lang.startsWith("fr")) ?? null;
  speechSynthesis.speak(spoken);
}

if ("speechSynthesis" in window) {
  reading.hidden = false;
  reading.addEventListener("click", () => {
    const on = reading.getAttribute("aria-pressed") !== "true";
    reading.setAttribute("aria-pressed", String(on));
    const last = [...chat.querySelectorAll(".turn.assistant:not([hidden])")].at(-1);
    on && last ? read(last) : speechSynthesis.cancel();
  });
  chat.addEventListener("answered", ({ detail }) => { if (reading.getAttribute("aria-pressed") === "true") read(detail); });
}

if (Recognition) {
  let agreed = false;
  let listening = null;
  dictating.hidden = false;
  dictating.addEventListener("click", () => {
    if (listening) return listening.stop();
    agreed = agreed || window.confirm(HEARD_ELSEWHERE);
    if (agreed) listen();
  });
  const listen = () => {
    listening = new Recognition();
    listening.lang = LANGUAGE;
    dictating.setAttribute("aria-pressed", "true");
    listening.addEventListener("result", ({ results }) => { field.value = `${field.value} ${results[0][0].transcript}`.trim(); });
    listening.addEventListener("end", () => { listening = null; dictating.setAttribute("aria-pressed", "false"); field.focus(); });
    listening.start();
  };
}
