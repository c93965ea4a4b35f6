// Keys. Each is also a visible button; single ones rest while a field has the focus, and one setting turns them off.
//
// What a page wants a key for, it says itself: data-key="e" on a button or a link lets e press it, data-key="g s" an s
// after a g, data-key="Ctrl+Enter" also from within a field. The first that can be seen is pressed. Here stand only the
// keys that do more than press something.
import { alone, open, toList } from "./pane.js";
import { toggle } from "./select.js";

const OFF = "devhook-keys-off";
const PAGE = 10; // rows that PgUp and PgDn move by
const rows = () => [...document.querySelectorAll(".row")];
const current = () => document.activeElement.closest("#rows li")?.querySelector(".row") ?? document.querySelector('.row[aria-current="true"]');

/** Moves to another row and opens it where the detail stands beside the list. */
function move(step) {
  const all = rows();
  if (!all.length) return false;
  const next = all[Math.min(all.length - 1, Math.max(0, all.indexOf(current()) + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  clearTimeout(move.timer);
  if (!alone()) move.timer = setTimeout(() => open(next.href), 120);
  return true;
}

/** What stands in a pane that isn't shown, or folded away, is pressed by nobody. */
const away = (e) => e.closest(".pane")?.checkVisibility() === false || !e.matches("summary") && !!e.closest("details:not(.menu, [open])");

function press(key) {
  const all = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((e) => !e.hidden && !e.disabled && !away(e));
  const target = all.find((e) => e.checkVisibility()) ?? all[0]; // those in a closed menu come last
  target?.click();
  return !!target;
}

/** Arrows and the like move through the list only from there: elsewhere they scroll. */
function walk(e) {
  if (e.target !== document.body && !e.target.closest("#rows")) return false;
  switch (e.key) {
    case "ArrowDown": return move(1);
    case "ArrowUp": return move(-1);
    case "PageDown": return move(PAGE);
    case "PageUp": return move(-PAGE);
    case "Home": return move(-Infinity);
    case "End": return move(Infinity);
    case " ": return e.target.matches(".row") && (toggle(e.target), true);
  }
  return false;
}

function escape() {
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    return true;
  }
  if (document.querySelector(":popover-open")) return false;
  return press("Escape") || toList() || true;
}

let begun = ""; // "g ", while a second key is waited for

function act(e) {
  const key = begun + e.key;
  clearTimeout(act.timer);
  begun = "";
  if (document.querySelector(`[data-key^="${CSS.escape(key)} "]`)) {
    begun = `${key} `;
    act.timer = setTimeout(() => { begun = ""; }, 1500);
    return true;
  }
  switch (key) {
    case "j": return move(1);
    case "k": return move(-1);
    case "x": return current() ? (toggle(current()), true) : false;
    case "/": {
      const field = document.getElementById("q");
      field?.focus();
      field?.select();
      return !!field;
    }
  }
  return press(key);
}

function onKey(e) {
  if (e.defaultPrevented) return false;
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) return press("Ctrl+Enter");
  if (e.ctrlKey || e.metaKey || e.altKey) return false;
  if (e.target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) {
    if (e.key !== "Escape") return false;
    e.target.blur();
    return e.target.type === "search"; // a browser would empty it, and the list would stay as it is
  }
  if (e.key === "Escape") return escape();
  if (e.key.length > 1 || e.key === " ") return walk(e);
  return !localStorage.getItem(OFF) && act(e);
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
  let taken = ""; // the key that is down: it types nothing into the field that it brought the focus to
  addEventListener("keydown", (e) => {
    taken = onKey(e) ? e.key : "";
    if (taken) e.preventDefault();
  });
  addEventListener("keypress", (e) => { if (e.key === taken) e.preventDefault(); });
}
