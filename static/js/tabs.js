// Where a row of tabs is wider than the screen, the tab that is open is brought into it.
export function showTab() {
  for (const tabs of document.querySelectorAll(".tabs")) {
    const open = tabs.querySelector("[aria-current]");
    if (open && tabs.scrollLeft === 0) tabs.scrollLeft = open.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - open.offsetWidth) / 2;
  }
}
