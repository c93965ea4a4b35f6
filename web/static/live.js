// Live updates: one event stream a tab. Events only say that something changed; what changed is fetched as rendered
// rows, at most four times a second however many events come. A hidden tab closes its stream and catches up later.
import htmx from "./htmx.js";
import { alone, markRow, refresh } from "./pane.js";
import { parse, say } from "./page.js";

const PAUSE = 250; // ms between fetches
const KEEP = 200; // rows that stay in the page

const list = () => document.getElementById("rows");
const rows = () => [...list().children];

let stream = null;
let lastID = "";
let retry = 500;
let reconnect = 0;
let due = 0; // timer of the next fetch
let busy = false;
let reload = { list: false, pane: false, tunnel: false };
let touched = new Set(); // captures that changed since the last fetch
let unseen = new Set(); // captures that came while nothing may be put in

export function goLive(opened) {
  const want = (what) => {
    Object.assign(reload, what);
    if (!due && !busy) due = setTimeout(update, PAUSE);
  };
  const onRequest = (e) => {
    lastID = e.lastEventId || lastID;
    const id = JSON.parse(e.data).id;
    touched.add(id);
    want({ list: true, pane: reload.pane || id === opened() });
  };
  const onDelivery = (e) => {
    lastID = e.lastEventId || lastID;
    const id = JSON.parse(e.data).capture_id;
    touched.add(id);
    want({ list: true, pane: reload.pane || id === opened() });
  };
  const connect = () => {
    clearTimeout(reconnect);
    if (stream || document.hidden) return;
    stream = new EventSource("/api/events" + (lastID ? `?from=${encodeURIComponent(lastID)}` : ""));
    stream.addEventListener("open", () => {
      retry = 500;
      online(true);
      want({ list: true, pane: true, tunnel: true }); // whatever happened before the stream stood
    });
    stream.addEventListener("request", onRequest);
    stream.addEventListener("delivery", onDelivery);
    stream.addEventListener("tunnel", () => want({ tunnel: true }));
    stream.addEventListener("error", () => {
      close();
      online(false);
      reconnect = setTimeout(connect, retry);
      retry = Math.min(retry * 2, 5000);
    });
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : connect()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", connect);
  document.addEventListener("click", (e) => {
    if (!e.target.closest("#new-rows") || e.ctrlKey || e.metaKey || e.shiftKey || list().dataset.paged === "true") return;
    e.preventDefault();
    showNew();
  });
  setInterval(tick, 1000);
  connect();
}

function close() {
  stream?.close();
  stream = null;
}

/** Shows whether the agent is there. A moment's gap is not worth a banner. */
function online(yes) {
  clearTimeout(online.timer);
  const gone = document.getElementById("gone");
  const live = document.getElementById("live");
  if (live) live.hidden = !yes;
  if (yes) {
    if (!gone.hidden) say("devhook is running again.");
    gone.hidden = true;
    return;
  }
  online.timer = setTimeout(() => {
    gone.hidden = document.hidden || !!live && !live.hidden;
    if (!gone.hidden) pillOff();
  }, 1000);
}

/** What was last known of the tunnel holds no more; the state comes back with the stream. */
function pillOff() {
  const pill = document.querySelector(".pill");
  if (!pill) return;
  pill.dataset.state = "offline";
  pill.querySelector("use").setAttribute("href", "/static/icons.svg#offline");
  pill.lastChild.textContent = "offline";
}

/** The first request turns the empty page into the list, in place. So does a new address, which its text is about. */
async function turn() {
  await htmx.ajax("GET", location.pathname + location.search, { target: "body", swap: "outerSync", quiet: true });
  online(true);
}

async function update() {
  due = 0;
  if (!stream) return; // once it stands again, all is fetched
  busy = true;
  const now = reload;
  now.tunnel ||= document.querySelector(".pill")?.dataset.state !== "online";
  const ids = touched;
  reload = { list: false, pane: false, tunnel: false };
  touched = new Set();
  if (now.list && document.querySelector("[data-first]") && ids.size) await turn().catch(() => {});
  await Promise.allSettled([now.list && list() && updateList(ids), now.pane && refresh(), now.tunnel && updateTunnel()]);
  busy = false;
  if (reload.list || reload.pane || reload.tunnel) due = setTimeout(update, PAUSE);
}

async function updateTunnel() {
  const url = () => document.querySelector(".address-url")?.textContent;
  const was = url();
  await htmx.ajax("GET", "/tunnel", { swap: "none", selectOOB: "#address:outerMorph,#banners:outerMorph", quiet: true });
  if (document.querySelector("[data-first]") && url() !== was) await turn();
}

async function fetchRows(ids) {
  const here = rows();
  const url = new URL(list().dataset.source, location.href);
  url.searchParams.set("limit", Math.min(KEEP, Math.max(50, here.length)));
  const shown = here.map((li) => li.dataset.id).filter((id) => ids.has(id));
  if (shown.length) url.searchParams.set("also", shown.slice(0, KEEP).join(","));
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(String(answer.status));
  return parse(await answer.text());
}

/** Brings the rows that are shown up to date and puts new ones in, if nobody is in the middle of something. */
async function updateList(ids) {
  const fresh = await fetchRows(ids);
  const here = new Map(rows().map((li) => [li.dataset.id, li]));
  const next = [...fresh.getElementById("rows").children];
  for (const li of [...next, ...fresh.getElementById("also").children]) {
    if (here.has(li.dataset.id)) replaceRow(here.get(li.dataset.id), li);
  }
  counts(fresh.getElementById("rows").dataset);
  removeDeleted(here, next, fresh.getElementById("rows").dataset.older);
  const coming = next.filter((li) => !here.has(li.dataset.id));
  if (list().dataset.paged === "true") {
    for (const id of ids) if (!here.has(id)) unseen.add(id);
    return offer(unseen.size, false);
  }
  const whole = coming.length === next.length && next.length >= 50; // more came than were fetched
  if (coming.length && (!here.size || atRest())) insert(coming, whole);
  else offer(coming.length, whole);
}

/** Takes out what the server has no more. In a filtered list a row stays when it doesn't fit any longer. */
function removeDeleted(here, next, older) {
  if (list().dataset.source !== "/rows" || !next.length) return;
  const there = new Set(next.map((li) => li.dataset.id));
  const newest = +next[0].dataset.seq;
  const oldest = older ? +next.at(-1).dataset.seq : 0;
  for (const [id, li] of here) {
    const seq = +li.dataset.seq;
    if (!there.has(id) && seq <= newest && seq >= oldest && !li.contains(document.activeElement)) li.remove();
  }
}

/** At the top of the list, with the focus elsewhere, something may be put in. */
function atRest() {
  const box = document.getElementById("list-scroll");
  const top = alone() ? scrollY < 8 : box.scrollTop < 8;
  return top && !list().contains(document.activeElement);
}

function insert(coming, whole) {
  const fresh = coming.map((li) => {
    const made = document.importNode(li, true);
    made.firstElementChild.dataset.new = "";
    return made;
  });
  if (whole) list().replaceChildren();
  let at = list().firstElementChild;
  for (const li of fresh) { // not all go on top: an older one may have come to fit the filter
    while (at && +at.dataset.seq > +li.dataset.seq) at = at.nextElementSibling;
    list().insertBefore(li, at);
  }
  for (const li of rows().slice(KEEP)) li.remove();
  document.getElementById("none-found")?.remove();
  markRow();
  older();
  offer(0);
}

function replaceRow(old, li) {
  const row = old.firstElementChild;
  const made = document.importNode(li, true);
  const current = row.getAttribute("aria-current");
  if (current) made.firstElementChild.setAttribute("aria-current", current);
  if ("new" in row.dataset) made.firstElementChild.dataset.new = "";
  const ago = row.querySelector("[data-ago]");
  made.querySelector("[data-ago]").textContent = ago.textContent;
  if (old.isEqualNode(made)) return;
  const focused = row === document.activeElement;
  delete made.firstElementChild.dataset.new;
  old.replaceWith(made);
  if (focused) made.firstElementChild.focus({ preventScroll: true });
}

/** Offers what waits, as a count, once. */
function offer(n, more) {
  const link = document.getElementById("new-rows");
  const text = n ? `Show ${n}${more ? "+" : ""} new` : "";
  const place = document.getElementById("new-count");
  if (place.textContent !== text) place.textContent = text;
  link.hidden = !n;
}

export async function showNew() {
  const fresh = await fetchRows(new Set()).catch(() => null);
  if (!fresh) return;
  const here = new Set(rows().map((li) => li.dataset.id));
  const next = [...fresh.getElementById("rows").children];
  const coming = next.filter((li) => !here.has(li.dataset.id));
  document.getElementById("list-scroll").scrollTop = 0;
  if (alone()) scrollTo(0, 0);
  insert(coming, coming.length === next.length && next.length >= 50);
}

function counts(data) {
  const title = document.getElementById("list-title");
  if (title.textContent !== data.total) title.textContent = data.total;
  const failed = document.getElementById("failed-count");
  if (failed.textContent !== data.failed) failed.textContent = data.failed;
}

/** The way to older requests starts after the last row that is shown. */
function older() {
  const last = list().lastElementChild;
  const link = document.getElementById("older");
  if (!last || !link) return;
  const url = new URL(list().dataset.source.replace(/^\/rows/, "/"), location.href);
  url.searchParams.set("before", last.dataset.id);
  const total = parseInt(document.getElementById("list-title").textContent.replace(/\D/g, ""), 10);
  link.href = url.pathname + url.search;
  link.hidden = total <= rows().length;
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
