// The choice of theme in the person menu. "system" is remembered by forgetting.
const root = document.documentElement;

function choose(theme) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // Storage may be forbidden; the choice then lasts for this page.
  }
}

export function showTheme() {
  const current = root.dataset.theme ?? "system";
  for (const radio of document.querySelectorAll("[data-theme-choice]")) radio.checked = radio.value === current;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-theme-choice]")) choose(event.target.value);
});
