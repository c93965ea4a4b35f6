// The status page brings itself up to date while it is looked at: it is fetched again, and what changed is put in by id.
// What can be opened, scrolled or focused stands around those parts, so nothing is taken from under the reader.
const EVERY = 5000; // ms

async function update() {
  if (document.hidden || !document.querySelector("[data-status]")) return;
  const answer = await fetch(location.href).catch(() => null); // that the agent is gone is said by the stream
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const to = fresh.getElementById(part.id);
    if (to && !part.isEqualNode(to) && !part.contains(document.activeElement)) part.replaceWith(document.importNode(to, true));
  }
}

export function wireStatus() {
  if (!document.querySelector("[data-status]")) return;
  setInterval(update, EVERY);
  document.addEventListener("visibilitychange", update);
}
