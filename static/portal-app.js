/** The sample portal's own script, and the reference for wiring a portal by hand. The server has drawn the page as the
 * features were; this keeps it as they are. */

import { flags } from "/portal.js";

const main = document.getElementById("main");
const { user, account, gate } = main.dataset;

flags.connect({ user, account });
flags.onChange(show);
show();

for (const form of document.querySelectorAll("[data-signout]")) form.addEventListener("submit", signOut);

function show() {
  if (flags.error?.status === 401) return toSignIn();
  if (Object.keys(flags.state.features).length === 0) return; // nothing is known: what the server drew stands
  for (const link of document.querySelectorAll("[data-feature]")) set(link, flags.hasFeature(link.dataset.feature));
  for (const part of document.querySelectorAll("[data-while]")) {
    part.hidden = (part.dataset.while === "on") !== flags.hasFeature(gate);
  }
}

/** Shows or hides a link of the menu, and tells those who cannot see it come and go. */
function set(link, on) {
  if (link.hidden === !on) return;
  link.hidden = !on;
  document.getElementById("news").textContent = `${link.textContent} is ${on ? "now in your menu" : "no longer available"}.`;
}

/** Ends the session and forgets what was kept; where the server cannot be told that way, the form still can. */
async function signOut(event) {
  event.preventDefault();
  if (await flags.signOut()) location.assign("/signin");
  else event.target.submit();
}

function toSignIn() {
  location.assign(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`);
}
