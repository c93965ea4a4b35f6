// The edit page: what is wrong with JSON while it is typed, what differs from what came, and rows of headers without
// loading the page anew. All of it is done by the server too; the form works without this.
const form = () => document.getElementById("edit");

/** Says where JSON stops being well formed; "" if it is. */
function jsonFault(text) {
  try {
    JSON.parse(text);
    return "";
  } catch (e) {
    const place = /line (\d+) column (\d+)/.exec(e.message);
    const at = /position (\d+)/.exec(e.message);
    let where = place ? `line ${place[1]}, column ${place[2]}` : "";
    if (!place) {
      const upTo = text.slice(0, at ? +at[1] : text.length).split("\n");
      where = `line ${upTo.length}, column ${[...upTo.at(-1)].length + 1}`;
    }
    return `not well-formed JSON: ${where}`;
  }
}

/** How long a text is; "" while it holds masked values, of which nobody here knows how long they are. */
const sizeOf = (text) => (text.includes("••••") ? "" : `${new TextEncoder().encode(text).length} B`);

/** Shows under the body whether it is JSON, where the cursor is and how long the text is. */
function checkBody() {
  const body = form().elements.text;
  const said = document.getElementById("body-check");
  const fault = "json" in body.dataset && body.value.trim() ? jsonFault(body.value) : "";
  const text = fault || ("json" in body.dataset && body.value.trim() ? "well-formed JSON" : "");
  if (said.textContent.trim() !== text) said.textContent = text;
  said.className = fault ? "fail" : text ? "good" : "";
  const kept = form().querySelector('[name="body"][value="kept"]')?.checked;
  if (kept) return void (document.getElementById("body-size").textContent = "");
  const line = body.value.slice(0, body.selectionStart).split("\n").length;
  const as = body.value === original ? "sent byte for byte" : "sent as typed";
  document.getElementById("body-size").textContent = [`line ${line}`, sizeOf(body.value), as].filter(Boolean).join(", ");
}

let original = ""; // the body's text as it came

/** One line of the table of changes; its text is set as text. */
function change(part, now, note) {
  const tr = document.createElement("tr");
  const th = Object.assign(document.createElement("th"), { scope: "row", textContent: part });
  const td = document.createElement("td");
  if (now) td.append(Object.assign(document.createElement("mark"), { className: "now", textContent: now }), " ");
  td.append(Object.assign(document.createElement("span"), { className: "dim", textContent: note }));
  tr.append(th, td);
  return tr;
}

const shortened = (text) => (text.length > 120 ? `${text.slice(0, 119)}…` : text);

function changesOfRow(row) {
  const [name, value] = row.querySelectorAll("input.input");
  const fresh = "new" in name.dataset;
  const differs = fresh ? name.value !== "" : name.value !== name.dataset.was || value.value !== value.dataset.was;
  row.toggleAttribute("data-change", fresh || differs);
  value.setAttribute("aria-label", name.value ? `Value of ${name.value}` : "Value");
  const signed = "signed" in row.dataset && form().elements.resign.checked;
  value.readOnly = signed;
  if (!differs || signed) return null;
  if (!fresh && name.value === "") return change(name.dataset.was, "", "left out");
  return change(name.value, shortened(value.value), fresh ? "added" : `was ${shortened(`${name.dataset.was}: ${value.dataset.was}`)}`);
}

/** Tells anew what differs from what came. */
function tellChanges() {
  const list = [];
  for (const field of form().querySelectorAll("[data-part]")) {
    if (field.value !== field.dataset.was) list.push(change(field.dataset.part, shortened(field.value), `was ${shortened(field.dataset.was)}`));
  }
  const gone = new Set(recorded);
  for (const row of document.querySelectorAll("#pairs .pair")) {
    gone.delete(row.querySelector('[name="of"]').value);
    const one = changesOfRow(row);
    if (one) list.push(one);
  }
  for (const of of gone) list.push(change(names.get(of), "", "left out"));
  const body = form().elements.text;
  const file = form().elements.file.files[0];
  if (file) list.push(change("Body", "", `the file ${file.name}`));
  else if (body.value !== original) list.push(change("Body", "", sizeOf(body.value) && sizeOf(original) ? `${sizeOf(body.value)}, was ${sizeOf(original)}` : "edited"));
  const signing = form().elements.resign.checked;
  if (signing) list.push(change("Signature", "", "made anew"));
  document.querySelector("#changes tbody").replaceChildren(...list);
  document.getElementById("changes").hidden = !list.length;
  document.getElementById("unchanged").hidden = !!list.length;
  document.getElementById("unsigned")?.toggleAttribute("data-due", !signing && list.length > 0);
}

let recorded = []; // the recorded lines that have a row
const names = new Map();

function addRow() {
  const fresh = document.importNode(document.getElementById("pair").content, true).firstElementChild;
  const after = [...document.querySelectorAll("#pairs .pair")].at(-1);
  if (after) after.after(fresh);
  else document.getElementById("pairs").prepend(fresh);
  fresh.querySelector('[name="name"]').focus();
  tellChanges();
}

/** Takes a row out; the focus goes to the next, so that the keyboard doesn't start over. */
function removeRow(row) {
  const next = row.nextElementSibling?.matches(".pair") ? row.nextElementSibling : row.previousElementSibling;
  row.remove();
  (next?.querySelector("[data-remove]") ?? document.querySelector("[data-add]")).focus();
  tellChanges();
}

function keys(e) {
  if (e.key === "Enter" && !e.ctrlKey && !e.metaKey && e.target.matches?.("#edit input:not([type=file], [type=radio])")) {
    e.preventDefault(); // sending is asked for by its button or with Ctrl
  } else if (e.altKey && e.code === "KeyS") {
    e.preventDefault();
    document.getElementById("resign").click();
  } else if (e.key === "Escape" && !e.defaultPrevented && !document.querySelector(":popover-open") && !e.target.matches?.("input, textarea, select")) {
    e.preventDefault();
    document.querySelector("[data-edit-back]").click();
  }
}

function wireForm() {
  const body = form().elements.text;
  original = body.dataset.was ?? body.defaultValue;
  for (const row of document.querySelectorAll("#pairs .pair")) {
    const of = row.querySelector('[name="of"]').value;
    if (of === "") continue;
    recorded.push(of);
    names.set(of, row.querySelector('[name="name"]').dataset.was);
  }
  form().addEventListener("input", (e) => {
    if (e.target === body) {
      const instead = form().querySelector('[name="body"][value="text"]');
      if (instead) instead.checked = true;
      checkBody();
    }
    tellChanges();
  });
  document.getElementById("resign").addEventListener("change", tellChanges);
  document.addEventListener("selectionchange", () => document.activeElement === body && checkBody());
  document.addEventListener("click", (e) => {
    const button = e.target.closest("[data-add], [data-remove]");
    if (!button || e.defaultPrevented) return;
    e.preventDefault();
    if ("add" in button.dataset) addRow();
    else removeRow(button.closest(".pair"));
  });
  addEventListener("keydown", keys, true);
  checkBody();
  tellChanges();
}

if (form()) wireForm();

document.addEventListener("toggle", (e) => { // a note that is opened is there to be written
  if (e.target.matches?.("[data-note]") && e.target.open) e.target.querySelector("textarea").focus();
}, true);
