// A session that ends while somebody works on a page takes nothing of it: they sign in within a dialog over the page, and what
// they asked for is sent then. Somebody else may not go on with the page: what is typed on it is not theirs to save.
import { openDialogs } from "./dialogs.js";
import { showToast } from "./toasts.js";

const page = () => document.getElementById("session-ended"); // says whose page it is, and holds the dialog
const dialog = () => document.getElementById("session-dialog");

let goOn = () => {}; // does what was asked for when the session was found to have ended
let notice; // that it has ended, to somebody who has asked for nothing: once

// whose returns who is signed in, with the token of the session; undefined for nobody.
async function whose() {
  const response = await fetch("/api/me", { cache: "no-store" });
  if (response.status === 401) return undefined;
  if (!response.ok) throw new Error(`/api/me: ${response.status}`);
  return response.json();
}

function dropNotice() {
  notice?.remove();
  notice = undefined;
}

// adopt has the page go on in the session of who is signed in, and reports whether it is their page.
function adopt({ user, csrf_token: token }) {
  if (String(user.id) !== page().dataset.user || !token) return false;
  document.querySelector('meta[name="csrf-token"]').content = token;
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token;
  dropNotice();
  return true;
}

const belongs = () => `This page belongs to ${page().dataset.name}`;

function ask(then, problem = "") {
  goOn = then ?? (() => {});
  dropNotice();
  if (!dialog()) document.body.append(page().content.cloneNode(true));
  openDialogs();
  say(problem);
}

function say(problem) {
  const banner = dialog().querySelector("[role=alert]");
  banner.querySelector("span").textContent = problem;
  banner.hidden = problem === "";
}

// stands reports whether the page can go on in the session that there is; if not, it asks for a sign-in, and to go on then.
async function stands(then) {
  const me = await whose();
  if (me && adopt(me)) return true;
  ask(then, me && `${belongs()}, but ${me.user.name} is signed in now. Sign in as ${page().dataset.name} to continue.`);
  return false;
}

// sessionLost deals with a request that was refused for its session, and reports whether it could. repeat sends it again;
// asked is whether somebody asked for it, as by a button, and not the page by itself.
export function sessionLost(repeat, asked) {
  if (!page()) return false;
  (asked ? resume : remind)(repeat);
  return true;
}

async function resume(repeat) {
  try {
    if (await stands(repeat)) showToast("Not saved: you have signed in again meanwhile", repeat);
  } catch {
    showToast("Not saved: the server did not respond", repeat);
  }
}

// remind says that the session has ended to somebody who is typing, and leaves them at it.
async function remind(repeat) {
  const me = await whose().catch(() => undefined);
  if (dialog() || (me && adopt(me))) return;
  notice ??= showToast("Your session has ended. What you typed is kept.", () => ask(repeat), "Sign in");
}

const asking = new WeakSet(); // forms that wait to learn whether they can be sent
const sending = new WeakSet(); // forms that can

// holdBack keeps a form from leaving the page until the session is known to be there, and reports whether it did.
export function holdBack(event) {
  const form = event.target;
  if (!page() || sending.has(form) || !form.closest("main, dialog")) return false;
  event.preventDefault();
  if (!asking.has(form)) askFirst(form, event.submitter);
  return true;
}

async function askFirst(form, submitter) {
  asking.add(form);
  submitter?.setAttribute("aria-busy", "true");
  const again = () => send(form, submitter);
  const stood = await stands(again).catch(() => true); // whatever is wrong, the form's own answer says it
  submitter?.removeAttribute("aria-busy");
  asking.delete(form);
  if (stood) again();
}

function send(form, submitter) {
  if (!form.isConnected) return;
  sending.add(form);
  form.requestSubmit(submitter?.form === form ? submitter : null);
  sending.delete(form);
}

async function signIn(form) {
  const fields = Object.fromEntries(new FormData(form));
  const headers = { "Content-Type": "application/json" };
  const response = await fetch("/api/session", { method: "POST", headers, body: JSON.stringify(fields) });
  if (!response.ok) return (await response.json()).detail;
  const me = await whose();
  if (me && adopt(me)) return "";
  await fetch("/api/session", { method: "DELETE" });
  return `${belongs()}. ${me ? `${me.user.name} cannot continue with it` : "Your browser keeps no session"}.`;
}

async function submit(form) {
  const button = dialog().querySelector("[type=submit]");
  button.setAttribute("aria-busy", "true");
  const problem = await signIn(form).catch(() => "The server did not respond. Try again.");
  button.removeAttribute("aria-busy");
  if (problem === "") {
    dialog().close();
    document.dispatchEvent(new CustomEvent("session:resumed"));
    goOn();
    return;
  }
  say(problem);
  form.elements.password.value = "";
  form.elements.password.focus();
}

document.addEventListener("submit", (event) => {
  if (event.target.id !== "session-form") return;
  event.preventDefault();
  if (!dialog().querySelector("[aria-busy]")) submit(event.target);
});
