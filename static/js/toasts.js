// Messages in the corner: they go after eight seconds, but not while someone points at them, is in
// them with the keyboard, or waits for their Undo.
const lifetime = 8000;
const most = 3;
const timers = new WeakMap();

let before; // where the focus was, before it went to a toast

document.addEventListener("focusin", ({ target }) => {
  if (!target.closest("[data-toast]")) before = target;
});

// dismiss takes a toast away; a focus that was in it goes back to where it came from.
function dismiss(toast) {
  const inside = toast.contains(document.activeElement);
  toast.remove();
  if (inside) (document.getElementById(before?.id) ?? before)?.focus({ preventScroll: true });
}

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
  crowd(corner);
}

// Three messages are read, more are in the way: the oldest go first, but none that is held.
function crowd(corner) {
  const toasts = [...corner.querySelectorAll("[data-toast]")];
  const free = toasts.filter((toast) => !held(toast));
  free.slice(0, Math.max(0, toasts.length - most)).forEach((toast) => toast.remove());
}

// showToast says that something was not done. retry, when given, is offered as a button.
export function showToast(text, retry, word = "Retry") {
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
  button.textContent = word;
  if (retry) button.addEventListener("click", () => (dismiss(toast), retry()));
  else button.remove();
  document.getElementById("toasts").append(toast);
  startToasts();
  return toast;
}

document.addEventListener("click", (event) => {
  const toast = event.target.closest("[data-dismiss]")?.closest("[data-toast]");
  if (toast) dismiss(toast);
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
  const toast = sourceElement.closest("[data-toast]");
  if (toast && response?.status < 400) dismiss(toast);
});
