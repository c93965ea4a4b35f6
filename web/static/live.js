// Live updates: one event stream a tab. Events only say that something changed; what changed is fetched as rendered
// rows, and the page rests as long as that took, however many events come. A hidden tab closes its stream and catches up later.
import htmx from "./htmx.js";
import { listAddress, opened, refresh } from "./pane.js";
import { replaced, update as updateList } from "./rows.js";
import { say } from "./page.js";

const PAUSES = [40, 250]; // ms between fetches, at least and at most

let stream = null;
let lastID = "";
let retry = 500;
let reconnect = 0;
let standing = false; // the stream, as far as is known
let due = 0; // timer of the next fetch
let busy = false;
let pause = PAUSES[0];
let touched = new Set(); // captures that changed since the last fetch
const nothing = { list: false, all: false, pane: false, tunnel: false };
let reload = { ...nothing };

function want(what) {
  Object.assign(reload, what);
  if (!due && !busy) due = setTimeout(update, pause);
}

/** A capture came, or one changed: an answer, another verdict. */
function onNews(e, id, state) {
  lastID = e.lastEventId || lastID;
  touched.add(id);
  const waits = state === "held" || !document.getElementById("queue-link").hidden;
  want({ list: true, pane: reload.pane || id === opened(), tunnel: reload.tunnel || waits });
}

function connect() {
  clearTimeout(reconnect);
  if (stream || document.hidden) return;
  stream = new EventSource("/api/events" + (lastID ? `?from=${encodeURIComponent(lastID)}` : ""));
  stream.addEventListener("open", () => {
    retry = 500;
    online(true);
    want({ list: true, all: true, pane: true, tunnel: true }); // whatever happened before the stream stood
  });
  stream.addEventListener("request", (e) => {
    const { id, state } = JSON.parse(e.data);
    onNews(e, id, state);
  });
  stream.addEventListener("delivery", (e) => onNews(e, JSON.parse(e.data).capture_id));
  stream.addEventListener("deleted", () => want({ list: true, all: true, pane: true }));
  stream.addEventListener("tunnel", () => want({ tunnel: true }));
  stream.addEventListener("error", () => {
    close();
    online(false);
    reconnect = setTimeout(connect, retry);
    retry = Math.min(retry * 2, 5000);
  });
}

function close() {
  stream?.close();
  stream = null;
}

/** Shows whether the agent is there. A moment's gap is not worth a banner. */
function online(yes) {
  standing = yes;
  clearTimeout(online.timer);
  const gone = document.getElementById("gone");
  showLive();
  if (yes) {
    if (!gone.hidden) say("devhook is running again.");
    gone.hidden = true;
    return;
  }
  online.timer = setTimeout(() => {
    gone.hidden = document.hidden || standing;
    if (!gone.hidden) pillOff();
  }, 1000);
}

function showLive() {
  const live = document.getElementById("live");
  if (live) live.hidden = !standing;
}

/** What was last known of the tunnel holds no more; the state comes back with the stream. */
function pillOff() {
  const pill = document.querySelector(".pill");
  if (!pill) return;
  pill.dataset.state = "offline";
  pill.querySelector("use").setAttribute("href", "/static/icons.svg#offline");
  pill.lastChild.textContent = "offline";
}

async function update() {
  due = 0;
  if (!stream) return; // once it stands again, all is fetched
  busy = true;
  const began = performance.now();
  const now = reload;
  now.tunnel ||= document.querySelector(".pill")?.dataset.state !== "online";
  const ids = touched;
  reload = { ...nothing };
  touched = new Set();
  const first = document.querySelector("[data-first]");
  if (now.list && first && ids.size) await turn();
  await Promise.allSettled([now.list && updateRows(ids, now.all), now.pane && refresh(), now.tunnel && updateTunnel()]);
  busy = false;
  pause = Math.min(PAUSES[1], Math.max(PAUSES[0], performance.now() - began));
  if (Object.values(reload).includes(true)) due = setTimeout(update, pause);
}

/** The list, and the page as a whole once nothing is left to list: what was open is no more, either. */
async function updateRows(ids, all) {
  if (!document.getElementById("rows") || await updateList(ids, all) !== "empty") return;
  history.replaceState({ htmx: true }, "", listAddress());
  await turn();
}

async function updateTunnel() {
  const url = () => document.querySelector(".address-url")?.textContent;
  const was = url();
  const here = location.pathname === "/queue" ? "?queue" : "";
  await htmx.ajax("GET", "/tunnel" + here, { swap: "none", selectOOB: "#address:outerMorph,#banners:outerMorph,#queue-link:outerMorph", quiet: true });
  if (document.querySelector("[data-first]") && url() !== was) await turn();
}

/** The first request turns the empty page into the list, in place. So does a new address, which its text is about. */
async function turn() {
  await htmx.ajax("GET", location.pathname + location.search, { target: "body", swap: "outerSync", quiet: true });
}

export function goLive() {
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : connect()));
  document.addEventListener("htmx:after:swap", () => {
    showLive();
    replaced();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", connect);
  connect();
}
