// The right pane: opening a request, its tabs, and the forms on it, without loading the page anew.
import { revealScripted, say } from "./page.js";

const pane = () => document.getElementById("request");

/** The ID of the open request, or "". */
export const opened = () => pane()?.dataset.id ?? "";

/** Reads server-rendered HTML; scripts in it would not run, and there are none. */
export const parse = (html) => new DOMParser().parseFromString(html, "text/html");

async function fetchPane(url, options) {
  const answer = await fetch(url, { ...options, headers: { "X-Devhook-Pane": "1", ...options?.headers } });
  const page = parse(await answer.text());
  const fresh = page.getElementById("request");
  if (!answer.ok || !fresh) throw Object.assign(new Error(String(answer.status)), { said: page.getElementById("fault")?.textContent });
  return document.importNode(fresh, true);
}

/** Turns the address of a request's page into that of its pane. */
function paneAddress(page) {
  const url = new URL(page, location.href);
  url.pathname += "/detail";
  return url;
}

/** Narrow screens show one pane at a time and scroll the page; left is where the list was. */
const alone = () => matchMedia("(max-width: 47.99rem)").matches;
let left = 0;

function markRow(id) {
  for (const row of document.querySelectorAll(".row[aria-current]")) row.removeAttribute("aria-current");
  document.querySelector(`#row-${CSS.escape(id)} .row`)?.setAttribute("aria-current", "true");
}

function put(fresh) {
  const old = pane();
  old.replaceWith(fresh);
  revealScripted(fresh);
  wireTabs(fresh);
  markRow(fresh.dataset.id);
}

/** Opens a request beside the list, or goes there if that fails. */
export async function open(href, { push = true, focus = false } = {}) {
  const tab = pane()?.dataset.tab;
  const url = new URL(href, location.href);
  if (tab && tab !== "summary" && !url.searchParams.has("tab")) url.searchParams.set("tab", tab);
  try {
    put(await fetchPane(paneAddress(url)));
  } catch {
    location.assign(href);
    return;
  }
  if (push) history.pushState({}, "", url);
  if (document.body.dataset.view === "list") left = scrollY;
  document.body.dataset.view = "detail";
  if (alone()) scrollTo(0, 0);
  document.title = `${document.getElementById("request-title").textContent.trim()} · devhook`;
  if (focus) document.getElementById("request-title").focus({ preventScroll: true });
}

/** Brings the open request up to date: what deliveries change is swapped, what is being read stays. */
export async function refresh() {
  const old = pane();
  if (!old?.dataset.id) return;
  const url = new URL(old.dataset.source, location.href);
  url.searchParams.set("tab", old.dataset.tab);
  if ("reveal" in old.dataset) url.searchParams.set("reveal", "1");
  const fresh = await fetchPane(url).catch(() => null);
  if (!fresh || pane() !== old) return;
  const unfolded = new Set([...old.querySelectorAll("#deliveries details[open]")].map((d) => d.closest("li").id));
  const known = new Set([...old.querySelectorAll("#deliveries li[id]")].map((li) => li.id));
  for (const li of fresh.querySelectorAll("#deliveries li[id]")) {
    const more = li.querySelector("details.more");
    if (more && known.has(li.id)) more.open = unfolded.has(li.id);
  }
  for (const part of [".detail-head", ".tabs", "#summary", "#deliveries"]) swap(old.querySelector(part), fresh.querySelector(part));
  revealScripted(old);
  wireTabs(old);
}

/** Replaces an element unless nothing about it changed but the form's nonce; focus stays where it was. */
function swap(old, fresh) {
  const plain = (e) => e.outerHTML.replace(/name="nonce" value="[^"]*"/, "").replace(/ hidden=""/g, "");
  if (!old || !fresh || plain(old) === plain(fresh)) return;
  const key = old.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  old.replaceWith(fresh);
  if (key) fresh.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

function wireTabs(root) {
  const tabs = [...root.querySelectorAll('[role="tab"]')];
  for (const t of tabs) t.tabIndex = t.getAttribute("aria-selected") === "true" ? 0 : -1;
}

/** Shows a tab; the panel of a long body is fetched when it is opened. */
function select(tab, focus) {
  const name = tab.getAttribute("aria-controls");
  const url = new URL(tab.href);
  if ("lazy" in tab.dataset && !document.getElementById(name).firstElementChild) {
    history.replaceState({}, "", url);
    return fetchPane(paneAddress(url)).then(put, () => location.assign(tab.href));
  }
  for (const t of tab.parentElement.children) {
    t.setAttribute("aria-selected", t === tab);
    t.tabIndex = t === tab ? 0 : -1;
    document.getElementById(t.getAttribute("aria-controls")).hidden = t !== tab;
  }
  pane().dataset.tab = name;
  history.replaceState({}, "", url);
  if (focus) tab.focus();
}

/** Sends one of the pane's forms and shows the pane that comes back. A second press while it is under way is none. */
async function send(form) {
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  const label = form.querySelector("button").dataset.key;
  const tab = pane().dataset.tab;
  try {
    const fresh = await fetchPane(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const notice = fresh.querySelector("#notice")?.textContent.trim();
    put(fresh);
    const again = document.getElementById(`tab-${tab}`);
    if (again && tab !== "summary") select(again);
    fresh.querySelector(`[data-key="${label}"]`)?.focus({ preventScroll: true });
    if (notice) say(notice);
  } catch (e) {
    say(e.said || "That didn’t work. Is devhook still running?");
    delete form.dataset.busy;
  }
}

export function wirePane() {
  if (pane()) wireTabs(pane());
  document.addEventListener("click", (e) => {
    if (e.defaultPrevented || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    const link = e.target.closest("a.row, a.tab, a[data-pane], a.back");
    if (!link || !pane()) return;
    e.preventDefault();
    if (link.matches(".row")) open(link.href);
    else if (link.matches(".tab")) select(link);
    else if (link.matches(".back")) toList();
    else fetchPane(paneAddress(link.href)).then((p) => { put(p); history.replaceState({}, "", link.href); }, () => location.assign(link.href));
  });
  document.addEventListener("submit", (e) => {
    if (!e.target.matches("form[data-swap]")) return;
    e.preventDefault();
    send(e.target);
  });
  document.addEventListener("keydown", (e) => {
    const tab = e.target.closest('[role="tab"]');
    if (!tab) return;
    const all = [...tab.parentElement.children];
    const to = { ArrowRight: all.indexOf(tab) + 1, ArrowLeft: all.indexOf(tab) - 1, Home: 0, End: all.length - 1 }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    select(all[(to + all.length) % all.length], true);
  });
  addEventListener("popstate", () => {
    if (location.pathname.startsWith("/requests/")) open(location.href, { push: false });
    else if (document.getElementById("rows")) toList(false);
  });
}

/** Back to the list, on screens that show one pane at a time. */
export function toList(push = true) {
  const back = pane()?.querySelector(".back");
  document.body.dataset.view = "list";
  if (push && back) history.pushState({}, "", back.href);
  document.title = "devhook";
  if (alone()) scrollTo(0, left);
  document.querySelector(".row[aria-current]")?.focus({ preventScroll: true });
}
