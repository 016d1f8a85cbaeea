import { test } from "node:test";
import assert from "node:assert/strict";
import { FeatureFlags, FlagstoneError } from "../portal.js";
import { answer, serve } from "./server.js";

/** A client connected to the site until the test ends. */
function client(t, site, options = {}) {
  const flags = new FeatureFlags();
  t.after(() => flags.close());
  return flags.connect({ url: site.url, poll: 20, ...options });
}

/** Resolves at the first change after which `condition` holds, or at once. */
function until(flags, condition) {
  return new Promise((resolve) => {
    const leave = flags.onChange(look);
    function look() {
      if (!condition()) return;
      leave?.();
      resolve();
    }
    look();
  });
}

/** Resolves when something that tells nobody has come about. */
async function eventually(condition) {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** What a browser gives a page: Node has none. */
class Storage {
  getItem(key) {
    return Object.hasOwn(this, key) ? this[key] : null;
  }
  setItem(key, value) {
    this[key] = String(value);
  }
  removeItem(key) {
    delete this[key];
  }
}

function storage(t) {
  globalThis.localStorage = new Storage();
  t.after(() => delete globalThis.localStorage);
  return globalThis.localStorage;
}

test("answers features by key and by flag name, and values by type", async (t) => {
  const flags = await client(t, await serve(t)).ready;
  assert.equal(flags.hasFeature("knowledge_base"), true);
  assert.equal(flags.hasFeature("knowledgeBaseEnabled"), true);
  assert.equal(flags.hasFeature("ai_agents"), false);
  assert.equal(flags.hasFeature("constructor"), false);
  assert.equal(flags.hasFeature(undefined), false);
  assert.equal(flags.value("limits.max_flows", 3), 10);
  assert.equal(flags.value("limits.max_flows", "three"), "three", "a value of another type would break the page");
  assert.equal(flags.value("limits.max_flows"), 10);
  assert.equal(flags.value("limits.unheard_of", 3), 3);
  assert.equal(flags.value("knowledge_base", false), true);
  assert.equal(flags.value("ai_agents", true), false, "off means off, whatever the page would like");
  assert.equal(flags.account.slug, "arizona-comedy");
  assert.equal(flags.revision, 1);
  assert.equal(flags.error, null);
});

test("is off before anything is known, and can be destructured", (t) => {
  const flags = new FeatureFlags();
  const { hasFeature, value } = flags;
  assert.equal(hasFeature("knowledge_base"), false);
  assert.equal(value("limits.max_flows", 3), 3);
  assert.equal(flags.state.ready, false);
  assert.equal(flags.account, null);
});

test("follows the stream, and tells each change once", async (t) => {
  const site = await serve(t);
  const flags = client(t, site);
  await flags.ready;
  await eventually(() => site.streams() === 1);
  const revisions = [];
  const leave = flags.onChange(() => revisions.push(flags.revision));
  site.publish(answer({ revision: 2, features: { knowledge_base: { enabled: false } }, flags: { knowledgeBaseEnabled: false } }));
  await until(flags, () => flags.revision === 2);
  assert.equal(flags.hasFeature("knowledge_base"), false);
  site.publish(site.body);
  site.publish(answer({ revision: 3 }));
  await until(flags, () => flags.revision === 3);
  assert.deepEqual(revisions, [2, 3]);
  leave();
  site.publish(answer({ revision: 4 }));
  await until(flags, () => flags.revision === 4);
  assert.deepEqual(revisions, [2, 3], "who left is told no more");
});

test("reads events however they are cut up", async (t) => {
  const site = await serve(t);
  const flags = client(t, site);
  await flags.ready;
  await eventually(() => site.streams() === 1);
  const event = `event: features\r\n: a heartbeat in between\r\ndata: ${JSON.stringify(answer({ revision: 7 }))}\r\n\r\n`;
  site.raw("event: other\ndata: {\n\n");
  for (const byte of event) site.raw(byte);
  await until(flags, () => flags.revision === 7);
});

test("asks for the account it was given, and is off again at once when told another", async (t) => {
  const site = await serve(t);
  const flags = client(t, site, { account: "arizona comedy" });
  await flags.ready;
  assert.equal(site.asked[0].url, "/api/me/features?account=arizona+comedy");
  flags.connect({ url: site.url + "/", account: "other" });
  assert.equal(flags.hasFeature("knowledge_base"), false);
  assert.equal(flags.state.ready, false);
  await flags.ready;
  assert.equal(flags.hasFeature("knowledge_base"), true);
  assert.ok(site.asked.some(({ url }) => url === "/api/me/features?account=other"));
});

test("keeps its flags through an outage and comes back by itself", async (t) => {
  const site = await serve(t);
  const flags = client(t, site);
  await flags.ready;
  await site.shut();
  await until(flags, () => flags.error !== null);
  assert.ok(flags.error instanceof FlagstoneError);
  assert.equal(flags.error.status, 0);
  assert.equal(flags.hasFeature("knowledge_base"), true);
  site.body = answer({ revision: 5 });
  await site.open(site.port);
  await until(flags, () => flags.revision === 5);
  assert.equal(flags.error, null);
});

test("asks again when a stream is cut off", async (t) => {
  const site = await serve(t);
  const flags = client(t, site);
  await flags.ready;
  await eventually(() => site.streams() === 1);
  site.body = answer({ revision: 6 });
  site.dropStreams();
  await until(flags, () => flags.revision === 6);
});

test("polls where streams do not get through", async (t) => {
  const site = await serve(t);
  site.streamStatus = 502;
  const flags = client(t, site);
  await flags.ready;
  site.body = answer({ revision: 8 });
  await until(flags, () => flags.revision === 8);
  assert.equal(flags.error, null, "the page is up to date");
});

test("is ready, and off, when the server cannot be reached, is broken or never answers", async (t) => {
  const site = await serve(t);
  const broken = { "an HTML page": "<html>", "no features": "{}", null: "null", "features null": '{"features": null}' };
  for (const [what, body] of Object.entries(broken)) {
    site.body = body;
    const flags = await client(t, site).ready;
    assert.equal(flags.hasFeature("knowledge_base"), false, what);
    assert.ok(flags.error instanceof FlagstoneError, what);
    flags.close();
  }
  site.status = 500;
  const failing = await client(t, site).ready;
  assert.equal(failing.error.status, 500);
  failing.close();
  site.mute = true;
  const flags = await client(t, site, { timeout: 1 }).ready;
  assert.equal(flags.state.ready, true);
  assert.equal(flags.error.status, 0);
  const nowhere = await client(t, { url: "http://[" }).ready;
  assert.equal(nowhere.error.status, 0);
});

test("bears entries it does not understand", async (t) => {
  const site = await serve(t);
  site.body = answer({ features: { knowledge_base: null, ai_agents: "on", limits: { enabled: "yes", value: 1 } }, flags: null });
  const flags = await client(t, site).ready;
  assert.equal(flags.hasFeature("knowledge_base") || flags.hasFeature("ai_agents") || flags.hasFeature("limits"), false);
  assert.equal(flags.error, null);
  assert.equal(flags.value("limits", 3), 3);
});

test("leaves a stream that nothing comes through", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const site = await serve(t);
  site.muteStreams = true;
  const flags = client(t, site);
  await flags.ready;
  await eventually(() => site.streams() === 1);
  t.mock.timers.tick(10_000);
  await eventually(() => site.streams() === 0);
  site.body = answer({ revision: 2 });
  await eventually(() => t.mock.timers.tick(20) ?? flags.revision === 2);
});

test("stays with a stream while its heart beats, and leaves it when that stops", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const site = await serve(t);
  const flags = client(t, site);
  await flags.ready;
  await eventually(() => site.streams() === 1);
  for (let revision = 2; revision < 5; revision += 1) {
    site.raw(": still here\n");
    site.publish(answer({ revision }));
    await until(flags, () => flags.revision === revision);
    t.mock.timers.tick(59_000);
    assert.equal(site.streams(), 1);
  }
  t.mock.timers.tick(1_000);
  await eventually(() => site.streams() === 0);
});

test("a malformed event does not end the following", async (t) => {
  const site = await serve(t);
  const flags = client(t, site);
  await flags.ready;
  await eventually(() => site.streams() === 1);
  site.raw("event: features\ndata: {broken\n\n");
  await eventually(() => site.streams() === 0);
  site.body = answer({ revision: 9 });
  await until(flags, () => flags.revision === 9);
});

for (const status of [401, 403]) {
  test(`goes off and stops asking at ${status}`, async (t) => {
    const kept = storage(t);
    const site = await serve(t);
    const flags = client(t, site, { user: 42 });
    await flags.ready;
    assert.equal(Object.keys(kept).length, 1);
    await eventually(() => site.streams() === 1);
    site.status = status;
    site.dropStreams();
    await until(flags, () => flags.error?.status === status);
    assert.equal(flags.error.final, true);
    assert.equal(flags.hasFeature("knowledge_base"), false);
    assert.equal(flags.account, null);
    assert.deepEqual(Object.keys(kept), []);
    const asked = site.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(site.asked.length, asked, "it asks no more");
  });
}

test("waits as long as the server asks it to", async (t) => {
  const site = await serve(t);
  site.status = 503;
  site.headers = { "Retry-After": "3600" };
  const flags = await client(t, site).ready;
  assert.equal(flags.error.retryAfter, 3_600_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(site.questions(), 1);
});

test("starts from what was kept for this user and account, and from nothing else", async (t) => {
  const kept = storage(t);
  const site = await serve(t);
  (await client(t, site, { user: "lena", account: "a" }).ready).close();
  site.mute = true;
  const known = (options) => {
    const flags = client(t, site, options);
    const on = flags.hasFeature("knowledge_base");
    flags.close();
    return on;
  };
  assert.equal(known({ user: "lena", account: "a" }), true);
  assert.equal(known({ user: "lena", account: "b" }), false);
  assert.equal(known({ account: "a" }), false, "an unnamed user might be anybody");
  assert.equal(known({ user: "lena", account: "a", ttl: 0 }), false);
  assert.equal(known({ user: "lena", account: "a" }), true);
  assert.equal(known({ user: "len", account: "a" }), false);
  assert.equal(known({ user: "lena", account: "a" }), false, "the next user's connection swept it away");
  assert.deepEqual(Object.keys(kept), []);
});

test("forgets what is older than its time to live", async (t) => {
  const kept = storage(t);
  const site = await serve(t);
  (await client(t, site, { user: "lena" }).ready).close();
  const [key] = Object.keys(kept);
  const record = JSON.parse(kept.getItem(key));
  const knownAfter = (age) => {
    kept.setItem(key, JSON.stringify({ ...record, at: Date.now() - age }));
    const flags = client(t, site, { user: "lena", ttl: 60_000 });
    const on = flags.hasFeature("knowledge_base");
    flags.close();
    return on;
  };
  assert.equal(knownAfter(30_000), true);
  assert.equal(knownAfter(60_001), false);
  assert.equal(knownAfter(-30_000), false, "from a clock that was wrong");
});

test("bears storage that is broken, refused or holds nonsense", async (t) => {
  const kept = storage(t);
  const site = await serve(t);
  (await client(t, site, { user: "lena" }).ready).close();
  const [key] = Object.keys(kept);
  for (const nonsense of ["", "{", "null", "7", '{"at":1}', `{"at":${Date.now()},"answer":{}}`]) {
    kept.setItem(key, nonsense);
    const flags = client(t, site, { user: "lena" });
    assert.equal(flags.hasFeature("knowledge_base"), false, nonsense);
    flags.close();
  }
  globalThis.localStorage = new Proxy({}, { get: () => { throw new Error("refused"); } });
  const flags = await client(t, site, { user: "lena" }).ready;
  assert.equal(flags.hasFeature("knowledge_base"), true);
});

test("signs out: ends the session, forgets, and says whether the server heard", async (t) => {
  const kept = storage(t);
  const site = await serve(t);
  const flags = await client(t, site, { user: "lena" }).ready;
  assert.equal(await flags.signOut(), true);
  assert.deepEqual(site.asked.at(-1), { method: "DELETE", url: "/api/session" });
  assert.equal(flags.hasFeature("knowledge_base"), false);
  assert.deepEqual(Object.keys(kept), []);
  await site.shut();
  assert.equal(await flags.signOut(), false);
});

test("asks for upgrades, for the account of the connection", async (t) => {
  const site = await serve(t);
  const flags = client(t, site, { account: "arizona-comedy" });
  const { asked } = site;
  assert.deepEqual(await flags.upgrades(), { available: [], requests: [] });
  assert.deepEqual(asked.at(-1), { method: "GET", url: "/api/me/upgrade-requests?account=arizona-comedy" });
  site.upgrades = { status: 201, body: { id: 7, status: "pending" } };
  assert.equal((await flags.requestUpgrade("api.webhooks", "Please")).id, 7);
  assert.deepEqual(site.sent, { type: "application/json", body: '{"feature":"api.webhooks","message":"Please"}' });
  site.upgrades = { status: 204 };
  await flags.withdrawUpgrade(7);
  assert.deepEqual(asked.at(-1), { method: "DELETE", url: "/api/me/upgrade-requests/7?account=arizona-comedy" });
});

test("an upgrade that is refused rejects with the server's own words", async (t) => {
  const site = await serve(t);
  const flags = client(t, site);
  const refusals = [
    [{ status: 409, body: { detail: "One is waiting." } }, { message: "One is waiting.", status: 409 }],
    [{ status: 422, body: { detail: "Wrong.", errors: [{ field: "message", message: "Too long." }] } }, { message: "Too long.", status: 422 }],
    [{ status: 502, body: "<html>" }, { message: "Flagstone answered 502", status: 502 }],
  ];
  for (const [told, problem] of refusals) {
    site.upgrades = told;
    await assert.rejects(flags.requestUpgrade("api.webhooks"), { name: "FlagstoneError", ...problem });
  }
  await flags.ready;
  flags.close();
  await site.shut();
  await assert.rejects(flags.upgrades(), { name: "FlagstoneError", message: "Flagstone cannot be reached", status: 0 });
  assert.equal(flags.hasFeature("knowledge_base"), true, "what is known stays");
});

test("a listener that throws harms neither the others nor the page", async (t) => {
  const site = await serve(t);
  const flags = client(t, site);
  const logged = t.mock.method(console, "error", () => {});
  let told = 0;
  flags.onChange(() => {
    throw new Error("from the page");
  });
  flags.onChange(() => (told += 1));
  await flags.ready;
  assert.equal(told, 1);
  assert.equal(logged.mock.callCount(), 1);
});

test("ready waits for the latest connection, and close releases who waits", async (t) => {
  const site = await serve(t);
  site.mute = true;
  const flags = client(t, site);
  const waiting = flags.ready;
  site.mute = false;
  flags.connect({ url: site.url });
  await waiting;
  assert.equal(flags.hasFeature("knowledge_base"), true);
  site.mute = true;
  flags.connect({ url: site.url });
  const released = flags.ready;
  flags.close();
  assert.equal(await released, flags);
});

test("whoever listens without connecting is connected with the defaults", async () => {
  const flags = new FeatureFlags();
  await flags.ready;
  assert.equal(flags.state.ready, true, "file:// answers nothing, but the question was asked");
  flags.close();
});

/** The lists that were asked for, in the order of the requests. */
const lists = (site) => site.asked.map(({ url }) => url).filter((url) => url.startsWith("/api/v2/"));

test("asks which models the account may use once somebody wants to know, and again after a change", async (t) => {
  const site = await serve(t);
  const flags = client(t, site, { account: "arizona-comedy" });
  await flags.ready;
  assert.deepEqual(lists(site), [], "nobody has asked");
  assert.equal(flags.hasModel("openai/gpt-4o"), false);
  assert.equal(flags.state.listed("models"), false);
  await until(flags, () => flags.hasModel("openai/gpt-4o"));
  assert.equal(flags.hasModel("openai/o1"), false);
  assert.equal(flags.state.listed("models"), true);
  assert.deepEqual(lists(site), ["/api/v2/features/models?account=arizona-comedy"]);
  await eventually(() => site.streams() === 1);
  site.lists.models = [{ provider: "openai", model_id: "o1" }];
  site.publish(answer({ revision: 2 }));
  await until(flags, () => flags.hasModel("openai/o1"));
  assert.equal(flags.hasModel("openai/gpt-4o"), false);
  assert.equal(lists(site).length, 2);
});

test("a list that was wanted before the connection is asked for with it", async (t) => {
  const site = await serve(t);
  const flags = new FeatureFlags();
  t.after(() => flags.close());
  assert.equal(flags.hasComponent("chat"), false);
  flags.connect({ url: site.url, poll: 20 });
  await until(flags, () => flags.hasComponent("chat"));
  assert.equal(flags.hasComponent("constructor"), false);
  assert.deepEqual(lists(site), ["/api/v2/features/components"]);
});

test("a list that cannot be learned is off, and asked for until it can", async (t) => {
  const site = await serve(t);
  site.listStatus = 500;
  const flags = client(t, site);
  flags.hasModel("openai/gpt-4o");
  await until(flags, () => flags.state.listed("models"));
  assert.equal(flags.hasModel("openai/gpt-4o"), false);
  site.listStatus = 200;
  await until(flags, () => flags.hasModel("openai/gpt-4o"));
  assert.equal(flags.error, null);
});

test("what the account could use is forgotten with the session", async (t) => {
  const site = await serve(t);
  const flags = client(t, site);
  flags.hasModel("openai/gpt-4o");
  await until(flags, () => flags.hasModel("openai/gpt-4o"));
  await eventually(() => site.streams() === 1);
  site.status = site.streamStatus = site.listStatus = 401;
  site.dropStreams();
  await until(flags, () => flags.error?.status === 401);
  assert.equal(flags.hasModel("openai/gpt-4o"), false);
  assert.equal(flags.state.listed("models"), true, "off, not pending");
});
