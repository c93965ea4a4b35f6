// What every module needs of the page as a whole.

/** Reads server-rendered HTML; scripts in it would not run, and there are none. */
export const parse = (html) => new DOMParser().parseFromString(html, "text/html");

/** Says something once, to eyes and to screen readers. */
export function say(text) {
  const place = document.getElementById("toast");
  place.textContent = text;
  place.className = "toast-place toast";
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { place.textContent = ""; place.className = "toast-place"; }, 4000);
}

/** What the page asks for by itself fails in silence. */
const unasked = (ctx) => ctx?.quiet || ctx?.sourceElement?.matches("[hx-trigger^='every']");

/** Says why something that was asked for couldn't be done. */
export function sayFaults() {
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    const page = parse(ctx.text);
    if (unasked(ctx) || page.getElementById("search-fault")) return; // said in its own place
    say(page.getElementById("fault")?.textContent || "That didn’t work.");
  });
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    if (!unasked(ctx)) say("That didn’t work. Is devhook still running?");
  });
}
