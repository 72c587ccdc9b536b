// Printing: the buttons show only where scripts run, and what is folded on screen is printed whole.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// one bubble of the conversation, alone on its page
document.documentElement.classList.add("scripted");
document.addEventListener("click", ({ target }) => {
  if (!target.matches?.("[data-print-bubble]")) return;
  const printed = target.closest(".bubble");
  printed.classList.add("printed");
  document.body.classList.add("one");
  window.print();
  printed.classList.remove("printed");
  document.body.classList.remove("one");
});

let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open]):not(.no-print)")];
  for (const details of opened) details.open = true;
});
window.addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
});
