// What every module needs of the page as a whole.

/** Shows what needs a script, such as copy buttons and key hints. */
export function revealScripted(root = document) {
  for (const e of root.querySelectorAll("[data-script][hidden]")) e.hidden = false;
}

/** Says something once, to eyes and to screen readers. */
export function say(text) {
  const place = document.getElementById("toast");
  place.textContent = text;
  place.className = "toast-place toast";
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { place.textContent = ""; place.className = "toast-place"; }, 4000);
}
