// A page that knows it is not alone: it asks what others have changed of what it shows, and says so.
// Nothing is swapped under somebody's hands: only Show shows. A change set of this tab is no news to
// it; the header Flagstone-Revision of an answer names it.
import { readAgain, typed } from "./unsaved.js";

const place = () => document.getElementById("changes");
const note = () => document.getElementById("change-note");
const acting = new Set(); // requests of this tab that may change something
const own = new Set(); // change sets of this tab that the next question leaves out
let away = false;
let shown; // the row that is to be shown anew
let question = new AbortController();
let resume = () => {};

const values = (name) => [...document.querySelectorAll(`[${name}]`)].map((element) => element.getAttribute(name));

// query is what the page shows, and up to where its reader has seen it.
function query() {
  const { position, revision } = place().dataset;
  const account = values("data-account");
  const all = {
    position, revision, own: [...own], accounts: [...values("data-row-account"), ...account],
    features: [...values("data-row-feature"), ...values("data-feature")],
    account: document.querySelector("[data-with-features]") ? account : "",
    feature: document.querySelector("[data-with-overrides]")?.dataset.feature ?? "",
    lists: document.getElementById("list") ? "true" : "", now: locks ? "" : "true",
  };
  return new URLSearchParams(Object.entries(all).map(([name, value]) => [name, String(value)]).filter(([, value]) => value !== ""));
}

const watches = () => place() && document.querySelector("[data-account], [data-feature], [data-row-account], [data-row-feature]");
// Over HTTP/1.1 a browser has six connections to a server for all of its windows, so one of them waits at a time. Once there
// are changes each has its turn at once. Over plain HTTP there are no locks: a window then asks often, and waits for nothing.
const locks = navigator.locks;
const inTurn = (signal, request) => (locks ? locks.request("flagstone changes", { signal }, request) : request());
const waitAtMost = 40000; // twice as long as the server does
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A hidden tab asks nothing. Nor does one that is about to change something itself: first it must know its own change set.
async function turn() {
  while (away || document.hidden || acting.size > 0 || !watches()) await new Promise((resolve) => (resume = resolve));
}

let following = false;

// follow asks until there is nobody to ask for.
async function follow() {
  if (following) return;
  following = true;
  while (following) {
    await turn();
    question = new AbortController();
    const rest = await ask(question.signal);
    following = rest !== undefined;
    if (following) await pause(rest);
  }
}

// ask answers how long to rest before the next question; undefined once there is nobody to ask for.
async function ask(signal) {
  try {
    const response = await inTurn(signal, () => {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(waitAtMost)]);
      return fetch(`/admin/changes?${query()}`, { signal: patience, redirect: "manual", cache: "no-store" });
    });
    if (response.status === 429 || response.status >= 500) return 15000;
    if (!response.ok) return undefined;
    const news = await response.json();
    if (!signal.aborted) tell(news);
    return locks ? 250 : 3000;
  } catch {
    return signal.aborted ? 0 : 5000;
  }
}

function again() {
  question.abort();
  resume();
}

// tell says what has changed: on its row where it has one, else in the note.
function tell(news) {
  own.clear();
  Object.assign(place().dataset, { position: news.position, revision: news.revision });
  document.getElementById("revision").textContent = `rev ${news.latest}`;
  const said = [
    ...Object.entries(news.accounts).map(([id, text]) => tellOf("account", id, text)),
    ...Object.entries({ ...news.features, ...news.cells }).map(([key, text]) => tellOf("feature", key, text)),
  ];
  if (news.everything) said.push(tellAll("This page may be out of date"));
  else if (news.catalogue) said.push(tellAll(news.catalogue));
  if (said.length > 0) document.getElementById("changes-said").textContent = said.length > 3 ? `${said.length} changes here by others` : said.join(". ");
}

function tellOf(kind, key, text) {
  const row = document.querySelector(`[data-row-${kind}="${CSS.escape(key)}"]`);
  if (!row) return tellAll(text);
  const mark = row.querySelector(".change-mark") ?? newMark(row);
  mark.querySelector("[data-changed]").textContent = text;
  mark.title = text;
  return `${row.dataset.name}: ${text}`;
}

function newMark(row) {
  const mark = document.getElementById("change-mark").content.firstElementChild.cloneNode(true);
  const here = `#${CSS.escape(row.id)}`;
  const counted = row.closest("section")?.querySelector("header .count[id]");
  const beside = ["#count", "#chips", "#history", ...(counted ? [`#${counted.id}`] : [])].join();
  const request = { get: location.pathname + location.search, target: here, select: here, "select-oob": beside, swap: "outerHTML" };
  for (const [name, value] of Object.entries(request)) mark.setAttribute(`hx-${name}`, value);
  mark.querySelector("[data-name]").textContent = row.dataset.name;
  const holder = row.querySelector("[data-mark]");
  holder.classList.add("marked"); // not :has(), which costs dearly where a page has many rows
  holder.append(mark);
  htmx.process(mark);
  return mark;
}

function tellAll(text) {
  note().querySelector("[data-changed]").textContent = text;
  note().querySelector("[data-show-changes]").textContent = "Show";
  note().hidden = false;
  return text;
}

function hide() {
  const inside = note().contains(document.activeElement);
  note().hidden = true;
  if (inside) document.getElementById("main").focus({ preventScroll: true });
}

// show reads the list again in place, or the page. What somebody has typed goes only when they say so.
function show(button) {
  if (document.querySelector("#list, #feature")) {
    hide();
    document.dispatchEvent(new CustomEvent("list:reload"));
  } else if (typed() && button.textContent === "Show") {
    button.textContent = "Show and discard my changes";
  } else {
    readAgain();
  }
}

document.addEventListener("click", ({ target }) => {
  shown = target.closest?.(".change-mark")?.getAttribute("hx-target") ?? shown;
  const button = target.closest?.("[data-show-changes]");
  if (button) show(button);
  if (target.closest?.("[data-hide-changes]")) hide();
});

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx.request.method === "GET") return;
  acting.add(ctx);
  again();
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (!acting.delete(ctx)) return;
  const revision = ctx.response?.headers.get("Flagstone-Revision");
  if (revision) own.add(revision);
  again();
});

// Other rows, other questions. Where the mark was, the focus is on its row.
document.addEventListener("htmx:after:swap", () => {
  const row = shown && document.querySelector(shown);
  if (row && !row.querySelector(".change-mark")) {
    (row.querySelector("th a, [role=switch]:enabled") ?? row.querySelector("a, button"))?.focus({ preventScroll: true });
    shown = undefined;
  }
  again();
});

document.addEventListener("session:resumed", () => (again(), follow()));
document.addEventListener("visibilitychange", again);
window.addEventListener("pagehide", () => ((away = true), again()));
window.addEventListener("pageshow", () => ((away = false), again()));

follow();
