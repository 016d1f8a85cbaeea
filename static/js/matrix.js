// The matrix of tiers: what is typed in its cells is gathered until it is saved, all of it together. The server says
// whom it concerns as it is typed; Enter saves, Escape takes back what is typed in a cell, arrows lead to the next.
import { alsoHolds } from "./unsaved.js";

const pending = new Map(); // what is typed and not saved, by cell: also of cells that a filter has taken off the page
const sent = new Map(); // what was last sent to be saved: the text of each cell
const form = () => document.getElementById("matrix-form");
const control = (cell) => cell?.querySelector("[data-value]");
const cellOf = (element) => element.closest?.("[data-cell]");

function isTyped(field) {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.options) return !field.selectedOptions[0]?.defaultSelected;
  return field.value.trim() !== field.defaultValue;
}

const textOf = (field) => (field.type !== "checkbox" ? field.value : field.checked ? "on" : "off");

// savedText is what stood in the cell before: "was 10".
function savedText(field) {
  if (field.type === "checkbox") return field.closest(".inherited") ? "default" : field.defaultChecked ? "on" : "off";
  if (field.options) return [...field.options].find((option) => option.defaultSelected)?.text ?? "";
  return field.defaultValue || "default";
}

// note keeps in mind what is typed in a cell, or forgets it where that is what is saved.
function note(cell) {
  const field = control(cell);
  if (!field || field.disabled) return;
  const typed = isTyped(field);
  cell.parentElement.classList.toggle("changed", typed);
  cell.querySelector(".was")?.remove();
  if (!typed) {
    pending.delete(cell.dataset.cell);
    return;
  }
  pending.set(cell.dataset.cell, { text: textOf(field), allows: cell.dataset.allows, version: cell.dataset.version });
  const was = Object.assign(document.createElement("small"), { className: "was", textContent: `was ${savedText(field)}`, title: savedText(field) });
  cell.querySelector(".marks").prepend(was);
}

// gather makes what is pending the fields of the form.
function gather() {
  const fields = [];
  for (const [cell, { text, allows, version }] of pending) {
    for (const [name, value] of Object.entries({ cell, text, allows, version })) {
      fields.push(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
  }
  document.getElementById("matrix-edits").replaceChildren(...fields);
}

function clearErrors() {
  for (const error of document.querySelectorAll("[data-cell] .field-error")) error.remove();
  for (const field of document.querySelectorAll('[data-cell] [aria-invalid="true"]')) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
}

// showErrors puts beside its cell what the server found wrong with it; of a cell that is not shown it stays in the bar.
function showErrors() {
  const errors = document.querySelectorAll("#matrix-bar [data-error-for]");
  if (errors.length === 0) return;
  clearErrors();
  for (const error of errors) {
    const cell = document.getElementById(error.dataset.errorFor);
    if (!cell) continue;
    error.id = `${cell.id}-error`;
    cell.append(error);
    control(cell)?.setAttribute("aria-invalid", "true");
    control(cell)?.setAttribute("aria-describedby", error.id);
  }
}

// typed is all that is typed, as text: what the server has been asked about, or what there is by now.
const typed = () => JSON.stringify([...pending].map(([cell, { text }]) => [cell, text]));
let asked = "";

// unseen forgets the digest of an effect that is not that of what is typed by now.
function unseen() {
  const digest = form().elements.digest;
  if (digest) digest.value = "";
}

// edited asks the server whom it concerns.
function edited() {
  gather();
  clearErrors();
  unseen();
  document.getElementById("matrix-edits").dispatchEvent(new CustomEvent("matrix:edit"));
}

function set(field, text) {
  if (field.type === "checkbox") field.checked = text === "on";
  else field.value = text;
  const word = field.type === "checkbox" && field.nextElementSibling;
  if (word) word.textContent = field.checked ? "On" : "Off";
}

function restore(cell) {
  const field = control(cell);
  if (field.type === "checkbox") {
    field.checked = field.defaultChecked;
    field.nextElementSibling.textContent = field.closest(".inherited") ? "Default" : field.checked ? "On" : "Off";
  } else if (field.options) {
    for (const option of field.options) option.selected = option.defaultSelected;
  } else {
    field.value = field.defaultValue;
  }
  note(cell);
}

// forget drops what has been sent, unless something else has been typed since.
function forget(cell) {
  if (pending.get(cell)?.text === sent.get(cell)) pending.delete(cell);
}

const cellNamed = (name) => document.querySelector(`[data-cell="${CSS.escape(name)}"]`);

// recall brings back what was typed in cells that have been rendered anew, over the version that it was typed over. A cell
// that answers what was sent shows what is stored. Only cells that are concerned are looked at: there are many.
function recall() {
  for (const cell of document.querySelectorAll("[data-fresh]")) {
    delete cell.dataset.fresh;
    forget(cell.dataset.cell);
    note(cell);
  }
  for (const [name, { text, version }] of [...pending]) {
    const cell = cellNamed(name);
    if (!control(cell)) continue;
    set(control(cell), text);
    note(cell);
    if (pending.has(name)) pending.get(name).version = version;
  }
  gather();
}

document.addEventListener("input", ({ target }) => {
  const cell = target.matches?.("[data-value]") && cellOf(target);
  if (!cell) return;
  note(cell);
  edited();
});

// step leads to the same column of another row, or to another column of the same row.
function step(cell, rows, columns) {
  const here = cell.closest("td");
  let row = here.parentElement;
  if (rows !== 0) {
    const all = [...row.parentElement.querySelectorAll("[data-row-feature]")];
    row = all[all.indexOf(row) + rows];
  }
  const next = row?.cells[here.cellIndex + columns]?.querySelector("[data-value], [data-in-dialog]");
  next?.focus();
  if (next?.type === "text") next.select();
  return Boolean(next);
}

const arrows = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// leads tells whether an arrow leads out of a field: within a text it moves the caret, in a list it chooses.
function leads(field, key) {
  if (field.options) return false;
  if (field.type !== "text") return true;
  if (key === "ArrowLeft") return field.selectionEnd === 0;
  if (key === "ArrowRight") return field.selectionStart === field.value.length;
  return true;
}

document.addEventListener("keydown", (event) => {
  const cell = event.target.matches?.("[data-value], [data-in-dialog]") && cellOf(event.target);
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  const isValue = event.target.matches("[data-value]");
  if (event.key === "Enter" && isValue) {
    event.preventDefault();
    if (pending.size > 0) form().requestSubmit();
  } else if (event.key === "Escape" && isValue && isTyped(event.target)) {
    restore(cell);
    edited();
  } else if (arrows[event.key] && leads(event.target, event.key) && step(cell, ...arrows[event.key])) {
    event.preventDefault();
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-in-dialog]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    htmx.ajax("GET", link.getAttribute("href"), { source: link, target: "#dialogs" });
  }
  if (!event.target.closest?.("[data-discard]")) return;
  for (const name of [...pending.keys()]) {
    const cell = cellNamed(name);
    if (cell) restore(cell);
  }
  pending.clear();
  edited();
  document.querySelector(".matrix-wrap")?.focus();
});

document.addEventListener("submit", (event) => {
  if (event.target !== form()) return;
  gather();
  sent.clear();
  for (const [cell, { text }] of pending) sent.set(cell, text);
}, true);

// To save one's own over somebody else's is to type it again: it stays typed where one then thinks better of it.
document.addEventListener("submit", ({ target }) => {
  if (target.id !== "cells-conflict-form") return;
  const fields = new FormData(target);
  const [texts, allows, versions] = ["text", "allows", "version"].map((name) => fields.getAll(name));
  fields.getAll("cell").forEach((cell, i) => pending.set(cell, { text: texts[i], allows: allows[i], version: versions[i] }));
  recall();
}, true);

document.addEventListener("matrix:saved", () => {
  for (const cell of sent.keys()) forget(cell);
  clearErrors();
  recall();
});

// The server says that some of what was typed stands elsewhere now: whom does the rest concern?
document.addEventListener("matrix:again", edited);

// A matrix that is read again stays where it was scrolled to.
let scrolled;
document.addEventListener("htmx:before:swap", () => {
  const wrap = document.querySelector(".matrix-wrap");
  scrolled = wrap && { wrap, top: wrap.scrollTop, left: wrap.scrollLeft };
});

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement.id === "matrix-edits") asked = typed();
});

document.addEventListener("htmx:after:swap", () => {
  if (!form()) return;
  const wrap = document.querySelector(".matrix-wrap");
  if (wrap && scrolled && wrap !== scrolled.wrap) wrap.scrollTo(scrolled.left, scrolled.top);
  recall();
  showErrors();
  if (asked !== typed()) unseen();
});

alsoHolds(() => form() && pending.size > 0);
