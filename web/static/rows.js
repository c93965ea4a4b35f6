// The list's rows: which are put in, which wait, and which are taken out. Nothing that is being read moves.
import { alone, markRow } from "./pane.js";
import { count } from "./select.js";
import { parse } from "./page.js";

const KEEP = 400; // rows that a page holds
const FETCH = 50; // rows that come with one fetch

const list = () => document.getElementById("rows");
const rows = () => [...list().children];
const paged = () => list().dataset.paged === "true"; // not the newest: nothing is put in

let shown = null; // the list that unseen is about
let unseen = new Set(); // captures that came while nothing may be put in

/** Asks for the newest rows, and for those that are shown and may have changed. */
async function fetchRows(ids) {
  const url = new URL(list().dataset.source, location.href);
  if (ids.length) url.searchParams.set("also", ids.slice(0, KEEP).join(","));
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(String(answer.status));
  const fresh = parse(await answer.text());
  return { next: [...fresh.getElementById("rows").children], also: [...fresh.getElementById("also").children], counts: fresh.getElementById("rows").dataset };
}

/** Brings what is shown up to date and puts new rows in, if nobody is in the middle of something. */
export async function update(ids, all) {
  const of = list();
  const asked = rows().map((li) => li.dataset.id).filter((id) => all || ids.has(id));
  const { next, also, counts } = await fetchRows(asked);
  if (list() !== of) return "stale"; // another list came meanwhile
  const free = atRest(); // asked before anything changes: afterwards the page would be laid out for it, and then once more
  const here = new Map(rows().map((li) => [li.dataset.id, li]));
  const came = new Map([...next, ...also].map((li) => [li.dataset.id, li]));
  for (const [id, li] of came) if (here.has(id)) replaceRow(here.get(id), li);
  const gone = asked.filter((id) => !came.has(id));
  for (const id of gone) remove(here.get(id));
  tally(counts);
  if (gone.length) older();
  const coming = next.filter((li) => !here.has(li.dataset.id));
  if (paged()) {
    for (const id of ids) if (!here.has(id)) unseen.add(id);
    offer(unseen.size, false);
  } else {
    const whole = coming.length === next.length && next.length >= FETCH; // more came than were fetched
    if (coming.length && (!here.size || free)) insert(coming, whole);
    else offer(coming.length, whole);
  }
  return rows().length || !asked.length ? "" : "empty";
}

/** Takes a row out that is no more; the focus goes to its neighbour. */
function remove(li) {
  if (!li?.isConnected) return;
  const next = li.nextElementSibling ?? li.previousElementSibling;
  const focused = li.contains(document.activeElement);
  li.remove();
  if (focused) next?.querySelector(".row").focus({ preventScroll: true });
  count();
}

/** At the top of the list, with the focus elsewhere and nothing chosen, something may be put in. */
function atRest() {
  const top = alone() ? scrollY < 8 : document.getElementById("list-scroll").scrollTop < 8;
  return top && !list().contains(document.activeElement) && !list().querySelector(".pick:checked");
}

function insert(coming, whole) {
  if (whole) list().replaceChildren();
  let at = list().firstElementChild;
  for (const li of coming) { // not all go on top: an older one may have come to fit the search
    const made = document.importNode(li, true);
    made.querySelector(".row").dataset.new = "";
    while (at && +at.dataset.seq > +made.dataset.seq) at = at.nextElementSibling;
    list().insertBefore(made, at);
  }
  for (const li of rows().slice(KEEP)) li.remove();
  document.getElementById("none-found")?.remove();
  markRow();
  older();
  offer(0);
  count();
}

function replaceRow(old, li) {
  const [was, now] = [old.querySelector(".row"), li.querySelector(".row")];
  if (was.ariaCurrent) now.ariaCurrent = was.ariaCurrent;
  if ("new" in was.dataset) now.dataset.new = "";
  now.querySelector("[data-ago]").textContent = was.querySelector("[data-ago]").textContent;
  if (old.isEqualNode(li)) return; // before it is imported, which takes longer, and fetches its icons
  delete now.dataset.new;
  const made = document.importNode(li, true);
  const focused = document.activeElement.className && [...old.children].indexOf(document.activeElement);
  made.querySelector(".pick").checked = old.querySelector(".pick").checked;
  old.replaceWith(made);
  if (focused >= 0) made.children[focused]?.focus({ preventScroll: true });
}

/** Offers what waits, as a count, once. */
function offer(n, more) {
  const text = n ? `Show ${n}${more ? "+" : ""} new` : "";
  const place = document.getElementById("new-count");
  if (place.textContent !== text) place.textContent = text;
  document.getElementById("new-rows").hidden = !n;
}

async function showNew() {
  const { next } = await fetchRows([]);
  const here = new Set(rows().map((li) => li.dataset.id));
  const coming = next.filter((li) => !here.has(li.dataset.id));
  document.getElementById("list-scroll").scrollTop = 0;
  if (alone()) scrollTo(0, 0);
  insert(coming, coming.length === next.length && next.length >= FETCH);
}

function tally({ total, failed }) {
  for (const [id, text] of [["list-title", total], ["failed-count", failed]]) {
    const place = document.getElementById(id);
    if (place.textContent !== text) place.textContent = text;
  }
}

/** The way to older requests starts after the last row that is shown. */
function older() {
  const link = document.getElementById("older");
  const last = list().lastElementChild;
  if (!last) return;
  const url = new URL(list().dataset.source, location.href);
  url.searchParams.set("before", last.dataset.id);
  link.setAttribute("hx-get", url.pathname + url.search);
  link.href = `/${url.search}`;
  const total = parseInt(document.getElementById("list-title").textContent.replace(/\D/g, ""), 10);
  link.hidden = total <= rows().length;
}

/** Older rows come by themselves as far as a page should hold them, and only after the row they follow. */
function scrolled(e) {
  const { ctx } = e.detail;
  if (ctx.sourceElement.id !== "older") return;
  const before = new URL(ctx.request.action, location.href).searchParams.get("before");
  if (rows().length + FETCH > KEEP || list().lastElementChild?.dataset.id !== before) e.preventDefault();
}

/** Another list is shown: what waited for the one before waits no more. */
export function replaced() {
  if (shown === list()) return;
  shown = list();
  unseen = new Set();
}

/** Counts the ages on, in the words of the server (text.go, ago). */
function tick() {
  if (document.hidden || !list()) return;
  for (const t of list().querySelectorAll("[data-ago]")) {
    const s = Math.max(0, Math.floor((Date.now() - Date.parse(t.dateTime)) / 1000));
    const text = s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min` : s < 172800 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86400)} d`;
    if (t.textContent !== text) t.textContent = text;
  }
}

export function wireRows() {
  document.addEventListener("click", (e) => {
    if (!e.target.closest("#new-rows") || e.ctrlKey || e.metaKey || e.shiftKey || paged()) return;
    e.preventDefault();
    showNew().catch(() => {}); // the next news bring them
  });
  document.addEventListener("htmx:config:request", scrolled);
  document.addEventListener("htmx:before:swap", scrolled);
  setInterval(tick, 1000);
}
