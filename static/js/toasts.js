// Messages in the corner: they go after eight seconds, but not while someone points at them, is in
// them with the keyboard, or waits for their Undo.
const lifetime = 8000;
const timers = new WeakMap();

const held = (toast) => toast.matches(":hover, :focus-within") || toast.querySelector("[aria-busy]");

function expire(toast) {
  if (held(toast)) start(toast);
  else toast.remove();
}

function start(toast) {
  clearTimeout(timers.get(toast));
  timers.set(toast, setTimeout(expire, lifetime, toast));
}

// The corner is lifted above whatever dialog is open; last in, last on top.
function lift(corner) {
  if (!corner.showPopover) return;
  if (corner.matches(":popover-open")) corner.hidePopover();
  corner.showPopover();
}

export function startToasts() {
  const corner = document.getElementById("toasts");
  const fresh = [...(corner?.querySelectorAll("[data-toast]") ?? [])].filter((toast) => !timers.has(toast));
  if (fresh.length === 0) return;
  lift(corner);
  fresh.forEach(start);
}

// showToast says that something was not done. retry, when given, is offered as a button.
export function showToast(text, retry) {
  const icons = document.querySelector("use")?.getAttribute("href").split("#")[0];
  const toast = document.createElement("div");
  toast.className = "toast bad";
  toast.dataset.toast = "";
  toast.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${icons}#warning"></use></svg><span></span>
    <button class="text-button" type="button" data-retry>Retry</button>
    <button class="icon-button" type="button" data-dismiss aria-label="Dismiss">
      <svg class="icon small" aria-hidden="true"><use href="${icons}#close"></use></svg></button>`;
  toast.querySelector("span").textContent = text;
  const button = toast.querySelector("[data-retry]");
  if (retry) button.addEventListener("click", () => (toast.remove(), retry()));
  else button.remove();
  document.getElementById("toasts").append(toast);
  startToasts();
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest("[data-toast]").remove();
});

for (const leave of ["pointerout", "focusout"]) {
  document.addEventListener(leave, (event) => {
    const toast = event.target.closest?.("[data-toast]");
    if (toast && timers.has(toast)) start(toast);
  });
}

// A toast whose Undo was heard has done its work.
document.addEventListener("htmx:finally:request", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  if (response?.status < 400) sourceElement.closest("[data-toast]")?.remove();
});
