// Choosing several requests: a box in each row, and a bar for what can be done with them. Both are a plain form; this
// only counts, and shows the boxes to those who have no pointer to find them with.

const chosen = () => document.querySelectorAll(".pick:checked").length;

/** Says how many are chosen, and nothing when there are none. */
export function count() {
  const place = document.getElementById("chosen-count");
  if (!place) return;
  const text = chosen() ? `${chosen()} selected` : "";
  if (place.textContent !== text) place.textContent = text;
}

/** Chooses a row, or no longer. */
export function toggle(row) {
  row?.closest("li").querySelector(".pick").click();
}

function switchMode(on) {
  document.body.toggleAttribute("data-choosing", on);
  const button = document.querySelector("[data-choose]");
  if (button) button.ariaPressed = String(on);
}

export function wireSelection() {
  document.addEventListener("change", (e) => { if (e.target.matches(".pick")) count(); });
  document.addEventListener("reset", () => setTimeout(() => { switchMode(false); count(); }));
  document.addEventListener("click", (e) => {
    if (e.target.closest("[data-choose]")) switchMode(!document.body.hasAttribute("data-choosing"));
  });
  document.addEventListener("htmx:after:swap", () => {
    switchMode(document.body.hasAttribute("data-choosing"));
    count();
  });
}
