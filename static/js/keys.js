// The keyboard: "/" goes to the search field, Escape closes explanations and hides help texts.
function typing(element) {
  return element?.matches?.("input, textarea, select, [contenteditable]");
}

function closeExplanations(except) {
  for (const details of document.querySelectorAll("details.why[open]")) {
    if (details === except) continue;
    const inside = details.contains(document.activeElement);
    details.open = false;
    if (inside) details.querySelector("summary").focus();
  }
}

function hideHelp() {
  for (const help of document.querySelectorAll(".help:is(:hover, :focus-visible)")) help.dataset.hidden = "";
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    closeExplanations();
    hideHelp();
    return;
  }
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const search = document.querySelector("dialog:modal [data-search]") ?? document.querySelector("main [data-search]");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});

document.addEventListener("click", (event) => closeExplanations(event.target.closest?.("details.why")));

for (const leave of ["pointerout", "focusout"]) {
  document.addEventListener(leave, (event) => {
    const help = event.target.closest?.(".help");
    if (help) delete help.dataset.hidden;
  });
}
