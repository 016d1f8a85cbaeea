// Dialogs: the server fills #dialogs, this opens what landed there and takes it away when it closes.
const openers = new WeakMap();
let opener; // of the dialog that is open: one that takes its place gives the focus back to the same

export function openDialogs() {
  for (const dialog of document.querySelectorAll("dialog[data-modal]:not([open])")) {
    if (document.activeElement !== document.body) opener = document.activeElement;
    openers.set(dialog, opener);
    dialog.showModal();
  }
}

// After a form came back with errors, the first wrong field is where to go on.
export function focusFirstError() {
  const dialog = document.querySelector("dialog[data-modal]:modal");
  dialog?.querySelector('[aria-invalid="true"]')?.focus();
}

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
