// Masked values, shown one by one: each is fetched when it is asked for, and is nowhere in the page before. Without this
// the links load the page with that one value shown.
import { say } from "./page.js";

/** What stood in a value's place before it was shown, by its link. */
const masked = new WeakMap();

/** The element beside a link that holds the value. */
const place = (link) => link.previousElementSibling;

async function reveal(link) {
  const answer = await fetch(link.dataset.value).catch(() => null);
  if (!answer?.ok) return say("The value couldn’t be had.");
  const value = await answer.text();
  masked.set(link, place(link).textContent);
  place(link).textContent = value;
  turn(link, "mask");
}

function mask(link) {
  place(link).textContent = masked.get(link);
  masked.delete(link);
  turn(link, "reveal");
}

function turn(link, word) {
  link.querySelector("span").textContent = word;
  link.ariaLabel = link.ariaLabel.replace(/^\S+/, word[0].toUpperCase() + word.slice(1));
}

export function wireReveal() {
  document.addEventListener("click", (e) => {
    const link = e.target.closest("a[data-value]");
    if (!link || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    if ("lifted" in link.dataset || !place(link)) return; // the server showed it: the page without it is the way back
    e.preventDefault();
    if (masked.has(link)) mask(link);
    else reveal(link);
  });
}
