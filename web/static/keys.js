// Single keys. Each is also a visible button; they rest while a field has the focus, and one setting turns them off.
import { alone, open, toList } from "./pane.js";

const OFF = "devhook-keys-off";

/** Moves to the next or previous row and opens it where the detail stands beside the list. */
function move(step) {
  const rows = [...document.querySelectorAll(".row")];
  if (!rows.length) return;
  const focused = rows.indexOf(document.activeElement);
  const at = focused >= 0 ? focused : rows.findIndex((r) => r.ariaCurrent === "true");
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  clearTimeout(move.timer);
  if (!alone()) move.timer = setTimeout(() => open(next.href), 120);
}

function press(key) {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target || target.hidden || target.disabled) return false;
  target.click();
  return true;
}

function act(e) {
  switch (e.key) {
    case "j": move(1); return true;
    case "k": move(-1); return true;
    case "/": {
      const field = document.querySelector('input[type="search"]');
      field?.focus();
      field?.select();
      return !!field;
    }
    case "?": document.getElementById("keys")?.togglePopover(); return true;
    case "u": document.querySelector("[data-copy-url]")?.click(); return true;
    case "Escape": {
      const menu = document.querySelector("details.menu[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); return true; }
      if (document.querySelector(":popover-open")) return false;
      toList();
      return true;
    }
  }
  return press(e.key);
}

export function wireKeys() {
  document.addEventListener("toggle", (e) => { // the setting stands in the list of keys
    const setting = e.target.querySelector?.("[data-keys-switch]");
    if (setting) setting.checked = !localStorage.getItem(OFF);
  }, true);
  document.addEventListener("change", (e) => {
    if (!e.target.matches("[data-keys-switch]")) return;
    if (e.target.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
  addEventListener("keydown", (e) => {
    if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.target.matches("input, textarea, select, [contenteditable]")) {
      if (e.key === "Escape") e.target.blur();
      return;
    }
    if (localStorage.getItem(OFF) && e.key !== "Escape") return;
    if (act(e)) e.preventDefault();
  });
}
