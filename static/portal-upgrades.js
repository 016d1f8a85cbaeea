/** What the account may ask for, and what has become of it, on the pages of the sample portal that have a place for it.
 * It asks again whenever the features change, and while a request waits. */

import { flags } from "/portal.js";

const LOOK_AGAIN = 3000;

const place = document.getElementById("upgrades");
const cards = new Map(); // by feature: what is shown, and of what
let timer;

if (place) {
  flags.onChange(refresh);
  refresh();
}

async function refresh() {
  clearTimeout(timer);
  const known = await flags.upgrades().catch(() => null); // what is not known is not offered
  clearTimeout(timer);
  if (known) show(known);
  if (!known || known.requests.some(({ status }) => status === "pending")) timer = setTimeout(refresh, LOOK_AGAIN);
}

/** One card for each feature that is offered or has been asked for. A card that says the same stays as it is. */
function show({ available, requests }) {
  const features = new Map(available.map((offer) => [offer.feature, { feature: offer.feature, name: offer.name, offer }]));
  for (const request of requests.toReversed()) {
    const { offer } = features.get(request.feature) ?? {};
    features.set(request.feature, { feature: request.feature, name: request.name, offer, request });
  }
  const { only } = place.dataset;
  const wanted = [...features.values()].filter(({ feature, offer, request }) => (!only || feature === only) && (offer || told(request)));
  for (const [feature, { card }] of cards) {
    if (!wanted.some((one) => one.feature === feature)) forget(feature, card);
  }
  let before = place.querySelector("template");
  for (const one of wanted.sort((a, b) => a.name.localeCompare(b.name))) {
    const card = cardOf(one);
    if (before.nextElementSibling !== card) before.after(card); // what is in its place keeps the focus that it has
    before = card;
  }
  place.hidden = wanted.length === 0;
}

const told = (request) => request && request.status !== "withdrawn";

function forget(feature, card) {
  card.remove();
  cards.delete(feature);
}

function cardOf(one) {
  const says = JSON.stringify(one);
  const shown = cards.get(one.feature);
  if (shown?.says === says) return shown.card;
  const card = draw(one);
  const focused = shown?.card.contains(document.activeElement);
  shown?.card.replaceWith(card);
  if (focused) ([...card.querySelectorAll("summary, button")].find((one) => one.checkVisibility()) ?? card.querySelector("h3")).focus();
  if (shown?.status === "pending" && told(one.request) && one.request.status !== "pending") {
    document.getElementById("news").textContent = `${one.name}: ${outcome(one.request)}`;
  }
  cards.set(one.feature, { card, says, status: one.request?.status });
  return card;
}

function draw({ feature, name, offer, request }) {
  const card = place.querySelector("template").content.firstElementChild.cloneNode(true);
  const part = (name) => card.querySelector(`[data-upgrade-${name}]`);
  const put = (name, text) => {
    part(name).textContent = text;
    part(name).hidden = !text;
  };
  card.dataset.upgrade = feature;
  put("name", name);
  put("now", offer ? now(offer) : "");
  put("outcome", told(request) ? outcome(request) : "");
  put("note", told(request) ? request.note : "");
  const form = card.querySelector("form");
  part("offer").hidden = !offer;
  part("offer").open = Boolean(place.dataset.only); // where it is the only one, it waits for no click
  part("offer").addEventListener("toggle", ({ target }) => {
    if (target.open && target.contains(document.activeElement)) form.elements.message.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(card, () => flags.requestUpgrade(feature, form.elements.message.value));
  });
  part("withdraw").hidden = request?.status !== "pending";
  part("withdraw").addEventListener("click", () => act(card, () => flags.withdrawUpgrade(request.id)));
  return card;
}

function now({ enabled, value }) {
  if (!enabled) return "Not part of your account yet.";
  return value === undefined ? "You have it." : `You have ${typeof value === "object" ? JSON.stringify(value) : value} now.`;
}

function outcome({ status, asked_at, decided_at }) {
  const day = new Date(decided_at ?? asked_at).toLocaleDateString("en", { day: "numeric", month: "long" });
  if (status === "pending") return `Asked for on ${day}. We will answer here.`;
  return `Your request was ${status} on ${day}.`;
}

/** Does what a button says, once at a time, and says beside it what went wrong. */
async function act(card, what) {
  if (card.ariaBusy === "true") return;
  card.ariaBusy = "true";
  try {
    await what();
  } catch (problem) {
    const beside = card.querySelector("[data-upgrade-problem]");
    beside.textContent = problem.message;
    beside.hidden = false;
  }
  card.ariaBusy = "false";
  await refresh();
}
