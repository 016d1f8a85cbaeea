// The word beside a switch follows it at once; when the request fails, both go back.
function showWord(input) {
  const word = input.nextElementSibling;
  if (word) word.textContent = input.checked ? (input.dataset.on ?? "On") : "Off";
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.('.switch [role="switch"]')) showWord(event.target);
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const input = ctx.sourceEvent?.target;
  if (!input?.matches?.('.switch [role="switch"]')) return;
  if (ctx.response?.status < 400) return;
  input.checked = input.defaultChecked;
  showWord(input);
});
