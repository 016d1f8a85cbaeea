// Dialogs: the server fills #dialogs, this opens what landed there and takes it away when it closes.
const openers = new WeakMap();
let opener; // of the dialog that is open: one that takes its place gives the focus back to the same

export function openDialogs() {
  for (const dialog of document.querySelectorAll("dialog[data-modal]:not([open])")) {
    if (document.activeElement !== document.body) opener = document.activeElement;
    openers.set(dialog, opener);
    dialog.showModal();
    begin(dialog);
  }
}

// The focus begins in the first field, where typing replaces what is proposed; but a long dialog is read from its top.
function begin(dialog) {
  const field = dialog.querySelector("[autofocus]") ?? dialog.querySelector(".body :is(input:not([type=hidden]), select, textarea)");
  field?.focus();
  if (field?.matches("input")) field.select();
  dialog.scrollTop = 0;
}

// After a form came back with errors, the first wrong field is where to go on.
export function focusFirstError(place) {
  place?.querySelector('[aria-invalid="true"]')?.focus();
}

export const openDialog = () => document.querySelector("dialog[data-modal]:modal");

let focused; // whether something had the focus before a swap

document.addEventListener("htmx:before:swap", () => {
  focused = document.activeElement !== document.body;
});

// What a swap took away cannot have the focus: in a dialog that says something new it begins again, on a page at the top.
export function keepFocus() {
  if (!focused || document.activeElement !== document.body) return;
  const dialog = openDialog();
  if (dialog) begin(dialog);
  else document.getElementById("main")?.focus({ preventScroll: true });
}

// An error is about what was sent; once something else is typed, it is gone.
document.addEventListener("input", ({ target }) => {
  if (target.ariaInvalid !== "true" || !target.closest("dialog[data-modal]")) return;
  target.removeAttribute("aria-invalid");
  document.getElementById(`${target.id}-error`)?.remove();
});

const busy = (dialog) => dialog.querySelector('[aria-busy="true"]');

function close(dialog) {
  if (!busy(dialog)) dialog.close();
}

// Focus goes back to the opener; if that was swapped meanwhile, to what took its place; if that is
// hidden now, to the page.
function returnFocus(opener) {
  const heirs = [opener, document.getElementById(opener?.id ?? ""), document.getElementById("main")];
  heirs.find((element) => element?.isConnected && element.checkVisibility())?.focus();
}

document.addEventListener("close", (event) => {
  const dialog = event.target;
  if (!dialog.matches?.("dialog[data-modal]")) return;
  dialog.remove();
  returnFocus(openers.get(dialog));
  opener = undefined;
}, true);

// Escape must not take away a dialog whose answer is on its way.
document.addEventListener("cancel", (event) => {
  if (event.target.matches?.("dialog[data-modal]") && busy(event.target)) event.preventDefault();
}, true);

document.addEventListener("click", (event) => {
  const dialog = event.target.closest?.("[data-close]")?.closest("dialog");
  if (dialog) close(dialog);
});

// A press on the backdrop has the dialog as its target and lies outside of its box.
document.addEventListener("pointerdown", (event) => {
  const dialog = event.target;
  if (!dialog.matches?.("dialog[data-modal]")) return;
  const box = dialog.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) close(dialog);
});

// The server says that the dialog has done its work: HX-Trigger: dialog:close
document.addEventListener("dialog:close", () => {
  for (const dialog of document.querySelectorAll("dialog[data-modal][open]")) dialog.close();
});
