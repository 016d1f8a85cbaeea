// What the console's pages do beyond HTML and htmx, each subject in a file of its own. All of it
// listens on the document, so that nothing has to be bound again after a swap.
import "./changes.js";
import "./requests.js";
import "./switches.js";
import "./keys.js";
import "./password.js";
import "./copy.js";
import "./editors.js";
import "./matrix.js";
import "./uploads.js";
import { focusFirstError, keepFocus, openDialog, openDialogs } from "./dialogs.js";
import { showSelection } from "./selection.js";
import { showTab } from "./tabs.js";
import { showTheme } from "./themes.js";
import { startToasts } from "./toasts.js";

function refresh() {
  openDialogs();
  showSelection();
  showTheme();
  showTab();
  startToasts();
}

refresh();
focusFirstError(document.querySelector("main"));

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  refresh();
  if (ctx.response?.status === 422) focusFirstError(openDialog());
  keepFocus();
});
