// A file that the server refuses for its size is refused where it is chosen, before it is sent.
const most = 32 * 1024 * 1024;

document.addEventListener("change", ({ target }) => {
  if (target.type !== "file") return;
  const large = [...target.files].some(({ size }) => size > most);
  target.setCustomValidity(large ? "This file is larger than 32 MB." : "");
  target.reportValidity();
});
