// The search box: completion as a combobox with a list box. The server knows the language and says what may come next;
// here it is shown and picked. The list follows by the attributes of the form.
import htmx from "./htmx.js";

const box = () => document.getElementById("q");
const popup = () => document.getElementById("completions");
const options = () => [...popup().querySelectorAll('[role="option"]')];
const active = () => document.getElementById(box().getAttribute("aria-activedescendant"));

function show(yes) {
  popup().hidden = !yes;
  box().ariaExpanded = String(yes && options().length > 0);
  if (!yes) box().removeAttribute("aria-activedescendant");
}

/** Asks what may come next at the caret. Where nothing is begun, only who asks for it is shown everything. */
async function offer(asked) {
  const { value, selectionStart: at } = box();
  box().removeAttribute("aria-activedescendant");
  const values = { before: value.slice(0, at), after: value.slice(at), asked: asked ? "1" : "" };
  await htmx.ajax("GET", "/complete", { source: "#q", target: "#completions", swap: "innerHTML", values, quiet: true });
  if (box()?.value !== value) return;
  show(document.activeElement === box() && popup().childElementCount > 0);
  if (active()) active().ariaSelected = "true"; // pointed at while the answer was on its way
  else box().removeAttribute("aria-activedescendant");
}

function point(step) {
  const all = options();
  const at = all.indexOf(active()) + step;
  for (const o of all) o.ariaSelected = "false";
  if (at < 0 || at >= all.length) return box().removeAttribute("aria-activedescendant"); // back in the text
  all[at].ariaSelected = "true";
  all[at].scrollIntoView({ block: "nearest" });
  box().setAttribute("aria-activedescendant", all[at].id);
}

function accept(option) {
  const { before, after } = option.dataset;
  box().value = before + after;
  box().setSelectionRange(before.length, before.length);
  box().dispatchEvent(new Event("input", { bubbles: true }));
}

function onKey(e) {
  if (e.target !== box() || e.isComposing || e.ctrlKey || e.metaKey || e.altKey) return;
  const chosen = active();
  switch (e.key) {
    case "ArrowDown":
    case "ArrowUp":
      if (popup().hidden) offer(true);
      else point(e.key === "ArrowDown" ? 1 : chosen ? -1 : options().length);
      break;
    case "Enter":
    case "Tab":
      if (!chosen) return show(false);
      accept(chosen);
      break;
    case "Escape":
      if (popup().hidden) return;
      show(false);
      break;
    default:
      return;
  }
  e.preventDefault();
}

let held = -1; // which chip was pressed while it had the focus

/** A chip becomes another element when it is chosen; the focus stays with it. */
function keepChip() {
  const chip = document.getElementById("chips")?.children[held];
  held = -1;
  if (chip && document.activeElement === document.body) (chip.querySelector("summary") ?? chip).focus();
}

export function wireSearch() {
  addEventListener("keydown", onKey, true); // before the page's own keys
  document.addEventListener("input", (e) => { if (e.target === box()) offer(false); });
  document.addEventListener("focusout", (e) => { if (e.target === box()) show(false); });
  document.addEventListener("mousedown", (e) => { // the focus stays in the box
    if (!e.target.closest?.("#completions")) return;
    e.preventDefault();
    const option = e.target.closest('[role="option"]');
    if (option) accept(option);
  });
  document.addEventListener("click", (e) => { if (e.target === box() && !box().value) offer(true); });
  document.addEventListener("click", (e) => {
    const chip = e.target.closest("#chips > *");
    if (chip) held = chip.contains(document.activeElement) ? [...chip.parentElement.children].indexOf(chip) : -1;
  }, true);
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement.id === "search" && !ctx.request.body.get("q")) ctx.request.body.delete("q"); // the address of all is /
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (!box()) return;
    box().ariaInvalid = document.getElementById("search-fault").textContent ? "true" : null;
    if (!ctx.selectOOB?.includes("#q:")) return;
    box().value = box().defaultValue; // a chip has changed the search
    keepChip();
  });
}
