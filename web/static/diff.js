// The diff page: going from difference to difference, and folding what is the same. Without it the buttons are links that
// do the same by loading the page anew.
import { say } from "./page.js";

const stops = () => [...document.querySelectorAll("main[data-diff] tr[id^='change-']")];

/** Goes to the next or previous difference, round at the ends. */
function step(by) {
  const all = stops();
  if (!all.length) return;
  const now = all.findIndex((row) => row.ariaCurrent === "true");
  const at = now < 0 ? (by > 0 ? 0 : all.length - 1) : (now + by + all.length) % all.length;
  all[now]?.removeAttribute("aria-current");
  all[at].ariaCurrent = "true";
  all[at].focus({ preventScroll: true });
  all[at].scrollIntoView({ block: "center" });
  say(`Difference ${at + 1} of ${all.length}`);
}

/** Folds or unfolds what is the same; every link of the page then keeps it so. */
function toggle(link) {
  const all = link.dataset.on === "true";
  for (const fold of document.querySelectorAll("main[data-diff] details.same")) fold.open = all;
  const here = new URL(link.href);
  link.dataset.on = String(!all);
  link.querySelector("use").setAttribute("href", `/static/icons.svg#${all ? "diff" : "check"}`);
  link.querySelector(".sr")?.remove();
  if (!all) link.querySelector("svg").insertAdjacentHTML("afterend", '<span class="sr">On:</span>');
  history.replaceState({}, "", here);
  for (const other of document.querySelectorAll("main[data-diff] .page-head a[href^='/diff'], main[data-diff] .sides > a[href^='/diff']")) {
    const to = new URL(other.href);
    if ((other === link) !== all) to.searchParams.set("all", "1");
    else to.searchParams.delete("all");
    other.href = to.pathname + to.search;
  }
}

export function wireDiff() {
  if (!document.querySelector("main[data-diff]")) return;
  document.addEventListener("click", (e) => {
    const link = e.target.closest("[data-step], [data-only]");
    if (!link || e.button || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    if ("step" in link.dataset) step(Number(link.dataset.step));
    else toggle(link);
  });
  addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || e.ctrlKey || e.metaKey || e.altKey || e.shiftKey || e.target.matches("input")) return;
    if (document.querySelector(":popover-open, details.menu[open]")) return;
    e.preventDefault();
    document.querySelector("[data-back]").click();
  }, true);
}
