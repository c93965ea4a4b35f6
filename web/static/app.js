// The page's script: it makes live and quick what works without it. Everything it shows is HTML that the server rendered;
// htmx fetches it again and puts it in, but for the rows of the list, which have rules of their own (rows.js). It never
// builds markup from captured data.
import { say, sayFaults } from "./page.js";
import { wirePane } from "./pane.js";
import { wireRows } from "./rows.js";
import { wireSelection } from "./select.js";
import { wireSearch } from "./search.js";
import { wireKeys } from "./keys.js";
import { goLive } from "./live.js";
import "./edit.js";
import { wireDiff } from "./diff.js";
import { wireReveal } from "./reveal.js";
import { wireStatus } from "./status.js";

/** Copies a text and shows a tick on the button for a moment. */
async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return say("The browser doesn’t let this page copy; select the text instead.");
  }
  const use = button.querySelector("use");
  const was = use.getAttribute("href");
  if (was.endsWith("#check")) return;
  use.setAttribute("href", "/static/icons.svg#check");
  setTimeout(() => use.setAttribute("href", was), 1200);
}

function switchTheme() {
  const root = document.documentElement;
  const now = root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
  document.cookie = `devhook_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
}

document.addEventListener("click", async (e) => {
  const from = e.target.closest("[data-copy], [data-copy-from], [data-theme-switch]");
  for (const open of document.querySelectorAll("details.menu[open]")) {
    if (!open.contains(e.target) || e.target.closest(".menu-list a")) open.open = false;
  }
  if (!from || e.ctrlKey || e.metaKey || e.shiftKey) return;
  if ("themeSwitch" in from.dataset) return switchTheme();
  e.preventDefault();
  if ("copy" in from.dataset) return copy(from.dataset.copy, from);
  const answer = await fetch(from.dataset.copyFrom);
  if (answer.ok) copy(await answer.text(), from);
  else say("The command couldn’t be made.");
});

sayFaults();
wirePane();
wireRows();
wireSelection();
wireSearch();
wireKeys();
wireDiff();
wireReveal();
goLive();
wireStatus();
