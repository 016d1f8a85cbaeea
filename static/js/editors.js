// The editors of a feature: its share on a slider, its lists of names, its variants. What a form would do is worked out
// by the server while it is filled in; here are only the parts that HTML lacks.

// A form that a person has begun to change is not read again when something else on the page is undone.
document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("[data-editor]");
  if (form) form.dataset.dirty = "";
});

document.addEventListener("htmx:before:request", (event) => {
  const form = document.getElementById(event.detail.ctx.sourceElement.dataset?.reloads ?? "");
  if (form?.dataset.dirty !== undefined) event.preventDefault();
});

// The slider and the number say the same share, and the bar between them shows it.
function showShare(form, value) {
  const share = Math.min(100, Math.max(0, Number(value) || 0));
  form.querySelector("progress.proposed").value = share;
  const slider = form.querySelector("[data-slider]");
  slider.value = share;
  slider.setAttribute("aria-valuetext", `${share} percent, saved ${form.querySelector("progress.saved").value} percent`);
}

document.addEventListener("input", ({ target }) => {
  if (target.matches?.("[data-slider]")) target.form.querySelector("[data-share]").value = target.value;
  if (target.matches?.("[data-slider], [data-share]")) showShare(target.form, target.value);
});

const changed = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));

// Taking one name out of a list: the focus goes on to the next, so that several go one after the other.
function removeName(button) {
  const list = document.getElementById(button.dataset.from);
  const names = list.value.split(/[\r\n,;\t]+/).map((name) => name.trim());
  const gone = button.dataset.remove.split("\n"); // every way in which the same one was typed
  list.value = names.filter((name) => name !== "" && !gone.includes(name)).join("\n");
  moveOn(button.closest("li"), list);
  changed(list);
}

// moveOn takes an element away; the focus goes to the same button beside it, or else to a control.
function moveOn(element, otherwise) {
  const next = element.nextElementSibling ?? element.previousElementSibling;
  element.remove();
  (next?.querySelector("button") ?? otherwise).focus();
}

// A feature that is picked by its key, or by its name, goes to the list beside. What names none goes there too once it is
// left, where the server says so: it would be lost otherwise.
function addPicked(input, left) {
  const options = [...input.list.options];
  const typed = input.value.trim();
  const option = options.find(({ value, text }) => [value, text].some((word) => word.toLowerCase() === typed.toLowerCase()));
  if (!typed || (!option && !left)) return;
  const list = document.getElementById(input.dataset.addTo);
  list.value = [...list.value.split("\n").filter(Boolean), option?.value ?? typed].join("\n");
  input.value = "";
  changed(list);
}

document.addEventListener("change", ({ target }) => {
  if (target.matches?.("[data-add-to]")) addPicked(target, true);
});

document.addEventListener("keydown", ({ key, target }) => {
  if (key === "Enter" && target.matches?.("[data-add-to]")) addPicked(target, false);
});

function addVariant() {
  const rows = document.querySelector("[data-variants]");
  const row = document.getElementById("variant-row").content.cloneNode(true);
  rows.append(row);
  rows.lastElementChild.querySelector("input").focus();
}

function removeVariant(button) {
  const { form } = button;
  moveOn(button.closest(".variant"), document.getElementById("add-variant"));
  changed(form);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (button?.matches("[data-remove]")) removeName(button);
  else if (button?.matches("[data-add-variant]")) addVariant();
  else if (button?.matches("[data-remove-variant]")) removeVariant(button);
});
