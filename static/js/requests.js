// What every htmx request has in common: the CSRF token, a control that waits while its request is
// in flight, and a plain word when the answer is not one the page can use.
import { holdBack, sessionLost } from "./session.js";
import { showToast } from "./toasts.js";
import { readAgain } from "./unsaved.js";

const token = () => document.querySelector('meta[name="csrf-token"]')?.content;

// control is the button, link or switch that a request came from, if any.
function control({ sourceElement, sourceEvent, request }) {
  const candidates = [request.submitter, sourceEvent?.submitter, sourceEvent?.target, sourceElement];
  return candidates.find((element) => element?.matches?.("button, a[href], [role=switch]"));
}

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (token()) ctx.request.headers["X-CSRF-Token"] = token();
});

// list is the list that a request for another of its pages, orders or filters is about to replace.
const list = ({ request, target }) => (request.method === "GET" && target?.id === "list" ? target : undefined);

const waiting = new Set(); // requests that are on their way
const showWaiting = () => document.documentElement.toggleAttribute("data-waiting", waiting.size > 0);

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  for (const element of [control(ctx), list(ctx)]) element?.setAttribute("aria-busy", "true");
  waiting.add(ctx);
  showWaiting();
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  for (const element of [control(ctx), list(ctx)]) element?.removeAttribute("aria-busy");
  waiting.delete(ctx);
  showWaiting();
});

// A page that is being left says so until the next one is there. A download leaves it where it is.
window.addEventListener("beforeunload", () => {
  document.documentElement.setAttribute("data-waiting", "");
  setTimeout(showWaiting, 5000);
});

// A busy control hears nothing: neither a second click nor a space.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.('[aria-busy="true"]')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// A form that leaves the page is sent once, and always with the token.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    return;
  }
  if (holdBack(event)) return;
  form.dataset.sent = "";
  event.submitter?.setAttribute("aria-busy", "true");
  if (form.elements.csrf_token || !token()) return;
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "csrf_token", value: token() });
  form.append(field);
});

// A page that comes back from the browser's cache is read again: what it shows may be old. For the same reason every form
// says autocomplete="off": then the browser does not put old values into a page that is new.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) readAgain();
});

// Empty fields of a filter are left out of the address.
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) {
    if (value === "") event.formData.delete(name);
  }
});

function retry(ctx) {
  const element = control(ctx) ?? ctx.sourceElement;
  if (!element.isConnected) return undefined;
  if (element.matches("form")) return () => element.requestSubmit();
  if (element.matches("button, a, [role=switch]")) return () => element.click();
  return undefined;
}

// repetition is what sends a request again, and whether it was asked for: a preview comes by itself, and again by its event.
function repetition(ctx) {
  const { sourceElement, sourceEvent } = ctx;
  if (sourceElement.matches('a, button, form[method="post"]:not([data-editor])')) return [retry(ctx), true];
  return [() => sourceElement.dispatchEvent(new Event(sourceEvent.type, { bubbles: true })), false];
}

function fail(ctx, why) {
  const what = ctx.request.method === "GET" ? "Not loaded" : "Not saved";
  showToast(`${what}: ${why}`, retry(ctx));
}

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx && !ctx.response) fail(ctx, "the server did not respond");
});

// An error is shown where its fragment says. Anything else that comes with one, such as the page of a
// proxy in between, would only break this page.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const { status, headers } = ctx.response;
  if ((status === 401 || headers.has("Flagstone-Session")) && sessionLost(...repetition(ctx))) {
    event.preventDefault();
    return;
  }
  if (status < 400 || ctx.hx.redirect || isFragment(headers, ctx.text)) return;
  event.preventDefault();
  fail(ctx, status >= 500 ? "the server did not respond" : `the server refused it (${status})`);
});

function isFragment(headers, text) {
  const isHTML = headers.get("Content-Type")?.startsWith("text/html");
  return isHTML && text.trim() !== "" && !/^\s*<(!doctype|html)/i.test(text);
}
