// What somebody has typed and not saved is not lost without a word: the browser asks before the page is left. It is the same
// for every form of a page: of accounts, features and releases, of values in their rows and of the matrix.
function isTyped(field) {
  if (!field.name || field.type === "hidden" || field.type === "submit") return false;
  if (!field.options) return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  const before = [...field.options].find((option) => option.defaultSelected) ?? field.options[0];
  return !before?.selected;
}

// A form that is being sent, or that is sent by each change of it, holds nothing that could be lost.
const holds = (form) => form.method === "post" && form.dataset.sent === undefined && form.getAttribute("hx-trigger") !== "change";

const forms = () => [...document.querySelectorAll("main form, dialog form")].filter(holds);

const others = []; // what holds something that stands in no field of the page

// alsoHolds has another part of the page say whether it holds what is not saved.
export const alsoHolds = (check) => others.push(check);

// typed reports whether some form of the page holds what is not saved.
export const typed = () => forms().some((form) => [...form.elements].some(isTyped)) || others.some((check) => check());

let discarded = false; // whether what was typed has been given up, so that nothing is to be asked

// readAgain reads the page again, and asks nothing: what was typed has been given up before.
export function readAgain() {
  discarded = true;
  location.replace(location.pathname + location.search); // not reload(), which would send a form anew
}

// A link that says "Cancel" or "Discard" needs no second question. One opened in another tab leaves nothing.
document.addEventListener("click", ({ target, ctrlKey, metaKey, shiftKey }) => {
  if (target.closest?.("a[data-cancel]") && !ctrlKey && !metaKey && !shiftKey) discarded = true;
});

// Whoever goes on typing has something to lose again.
document.addEventListener("input", () => (discarded = false));

window.addEventListener("beforeunload", (event) => {
  if (!discarded && typed()) event.preventDefault();
});
