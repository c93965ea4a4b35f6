// The right pane: opening a request, its tabs, and the way back. htmx fetches it and swaps it in; its forms and links
// stand in the page as htmx's own attributes.
import htmx from "./htmx.js";
import { say } from "./page.js";

const pane = () => document.getElementById("request");

/** The ID of the open request, or "". */
export const opened = () => pane()?.dataset.id ?? "";

/** Gets the pane anew. One that is under way gives way to it. */
const fetchPane = (url, how) => htmx.ajax("GET", url.pathname + url.search, { source: "#request", target: "#request", ...how });

/** Narrow screens show one pane at a time and scroll the page; left is where the list was. */
export const alone = () => matchMedia("(max-width: 47.99rem)").matches;
let left = 0;

export function markRow() {
  for (const row of document.querySelectorAll(".row[aria-current]")) row.removeAttribute("aria-current");
  if (opened()) document.querySelector(`#row-${CSS.escape(opened())} .row`)?.setAttribute("aria-current", "true");
}

/** Opens a request beside the list, at the tab that is open now. */
export async function open(href, push = true) {
  if (!pane()) return; // the page has become another one meanwhile
  const url = new URL(href, location.href);
  const tab = pane().dataset.tab;
  if (tab && tab !== "summary" && !url.searchParams.has("tab")) url.searchParams.set("tab", tab);
  const was = scrollY;
  await fetchPane(url, { swap: "outerHTML", push: push && url.pathname + url.search });
  if (!url.pathname.endsWith(`/${opened()}`)) return; // another one took its place, or it couldn't be had
  if (document.body.dataset.view === "list") left = was;
  showPane();
}

function showPane() {
  document.body.dataset.view = "detail";
  if (!alone()) return;
  scrollTo(0, 0);
  document.getElementById("request-title").focus({ preventScroll: true });
}

/** Brings the open request up to date: what deliveries change is merged in, what is being read stays. */
export async function refresh() {
  if (!opened() || pane().matches(".htmx-request")) return;
  const url = new URL(pane().dataset.source, location.href);
  url.searchParams.set("tab", pane().dataset.tab);
  if ("reveal" in pane().dataset) url.searchParams.set("reveal", "1");
  await fetchPane(url, { quiet: true });
}

/** The address of the list that is shown. */
export const listAddress = () => document.getElementById("rows").dataset.source.replace("/rows", "/");

/** Back to the list, on screens that show one pane at a time; it may be another than the request was opened from. */
export function toList(push = true) {
  if (!document.getElementById("rows")) return;
  document.body.dataset.view = "list";
  if (push) history.pushState({ htmx: true }, "", listAddress());
  document.title = "devhook";
  if (alone()) scrollTo(0, left);
  document.querySelector(".row[aria-current]")?.focus({ preventScroll: true });
}

/** What is open keeps the search of the list beside it, in its own address and in all that leads on from it. */
function follow() {
  const rows = document.getElementById("rows");
  if (!rows || !opened()) return;
  const q = new URL(rows.dataset.source, location.href).searchParams.get("q");
  const url = new URL(pane().dataset.source, location.href);
  if (url.searchParams.get("q") === q) return;
  if (q === null) url.searchParams.delete("q");
  else url.searchParams.set("q", q);
  pane().dataset.source = url.pathname + url.search;
  refresh();
}

/** Only the tab that is selected is reached by Tab; the arrows go on from there. */
function select(tab) {
  for (const t of tab.parentElement.children) {
    t.ariaSelected = String(t === tab);
    t.tabIndex = t === tab ? 0 : -1;
    document.getElementById(t.getAttribute("aria-controls")).hidden = t !== tab;
  }
  pane().dataset.tab = tab.getAttribute("aria-controls");
}

function choose(tab) {
  select(tab);
  history.replaceState({ htmx: true }, "", tab.href);
}

let before = {}; // what was open when a swap began

function beforeSwap() {
  before = { id: opened(), tab: pane()?.dataset.tab };
}

/** A pane that comes back from a form or for news goes on at the tab that is open. */
function afterSwap(e) {
  if (!opened() || !document.getElementById("tab-summary")) return;
  const merged = e.detail.ctx.swap.startsWith("outerMorph") && opened() === before.id;
  select(document.getElementById(`tab-${merged ? before.tab : pane().dataset.tab}`));
  markRow();
  const note = e.detail.ctx.sourceElement.closest("[data-note]");
  if (note) note.open = false; // it is written
  tell();
}

/** What was done is said and takes no room: the page would move under what is read when it went. */
function tell() {
  const notice = document.getElementById("notice");
  if (!notice) return;
  say(notice.textContent.trim());
  notice.remove();
}

/** Back and forward stay in this page as long as they are about the same list. */
function restore(e) {
  const rows = document.getElementById("rows");
  if (!rows || !pane()) return;
  const here = new URL(location.href);
  const list = new URL(rows.dataset.source, location.href);
  for (const name of ["q", "before"]) if ((here.searchParams.get(name) ?? "") !== (list.searchParams.get(name) ?? "")) return;
  e.preventDefault();
  if (here.pathname === "/") toList(false);
  else if (here.pathname.endsWith(`/${opened()}`)) showPane();
  else open(location.href, false);
}

function onClick(e) {
  if (e.defaultPrevented || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
  const link = e.target.closest("a.row, a.tab, a.back, a[data-pane]");
  if (!link || !pane()) return;
  e.preventDefault();
  if (link.matches(".row")) open(link.href);
  else if (link.matches(".tab")) choose(link);
  else if (link.matches(".back")) toList();
  else fetchPane(new URL(link.href), { swap: "outerHTML", replace: "true" });
}

function onArrow(e) {
  const tab = e.target.closest('[role="tab"]');
  if (!tab) return;
  const all = [...tab.parentElement.children];
  const to = { ArrowRight: all.indexOf(tab) + 1, ArrowLeft: all.indexOf(tab) - 1, Home: 0, End: all.length - 1 }[e.key];
  if (to === undefined) return;
  e.preventDefault();
  choose(all[(to + all.length) % all.length]);
  all[(to + all.length) % all.length].focus();
}

export function wirePane() {
  // A merge leaves folded what was folded, and unfolded what was unfolded.
  htmx.registerExtension("folds", { htmx_before_morph_attr: (e, { attrName }) => attrName !== "open" || e.tagName !== "DETAILS" });
  if (opened()) select(document.getElementById(`tab-${pane().dataset.tab}`));
  tell();
  document.addEventListener("htmx:before:swap", beforeSwap);
  document.addEventListener("htmx:after:swap", afterSwap);
  document.addEventListener("htmx:after:swap", follow);
  document.addEventListener("htmx:before:history:restore", restore);
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onArrow);
}
