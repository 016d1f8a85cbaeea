// A switch shows what is so. While what was asked for is on its way, its word says that it is being saved; the answer puts the
// switch as it is in its place, and where there is none, it goes back.
const word = (input) => input.nextElementSibling;

document.addEventListener("change", ({ target }) => {
  if (target.matches?.('.switch [role="switch"]') && word(target)) {
    word(target).textContent = target.closest("form")?.hasAttribute("hx-post") ? "Saving…" : target.checked ? (target.dataset.on ?? "On") : "Off";
  }
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const input = ctx.sourceEvent?.target;
  if (!input?.matches?.('.switch [role="switch"]') || ctx.response?.status < 400) return;
  input.checked = input.defaultChecked;
  if (word(input)) word(input).textContent = input.checked ? (input.dataset.on ?? "On") : "Off";
});
