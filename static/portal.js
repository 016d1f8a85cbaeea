/**
 * Flagstone's client for a portal: which features the signed-in account has, kept up to date while the page is open.
 *
 *   import { flags } from "https://flags.example.com/portal.js";
 *   flags.connect({ user: "42" });
 *   const render = () => { menuItem.hidden = !flags.hasFeature("knowledge_base"); };
 *   render();
 *   flags.onChange(render);
 *
 * One file without dependencies. The guide is docs/portal.md, the types are in portal.d.ts. Nothing here throws into
 * the page: what is unknown is off, and what went wrong is in `flags.error`. Only what is about upgrade requests rejects,
 * as whoever asks for one wants to know.
 */

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;

const here = import.meta.url; // of this file, or of the bundle it became part of; some bundlers put a path of their own

const DEFAULTS = {
  url: /^https?:/.test(here) ? new URL("/", here).href : "/",
  account: "",
  user: "",
  ttl: DAY,
  timeout: 5 * SECOND,
  poll: 30 * SECOND,
};

const ANSWER_WITHIN = 30 * SECOND;
const FIRST_EVENT_WITHIN = 10 * SECOND; // a proxy that holds streams back is found out after this long
const SILENCE = 60 * SECOND; // no heartbeat for this long: the connection is dead, whatever the browser thinks
const STREAMS = 4; // of one browser's tabs: over HTTP/1.1 it allows six connections to a server
const LASTING = 5 * SECOND; // a stream that ends sooner was not a success, even if it delivered

/** The features of one account, asked for once and then followed. Most pages need only the shared one, `flags`. */
export class FeatureFlags {
  #wanted = new Set(); // lists that something on the page has asked about
  #state = this.#stateOf();
  #listeners = new Set();
  #link = null;

  /**
   * Connects, or connects anew: after a sign-in, or to switch to another account. What the former connection knew is
   * gone at once, so that nobody sees features that are not theirs.
   */
  connect(options = {}) {
    this.close();
    const link = new Link(options, this.#wanted, (known) => link === this.#link && this.#set(this.#stateOf(known)));
    this.#link = link;
    this.#set(this.#stateOf());
    link.open();
    return this;
  }

  /** Stops asking; what is known stays. */
  close() {
    this.#link?.close();
  }

  /** Ends the session and forgets everything. Resolves to whether the server could be told. */
  async signOut() {
    await this.#connectUnlessTold();
    const link = this.#link;
    link.close();
    link.kept.forget();
    this.#set(this.#stateOf({ settled: true }));
    try {
      await request(link.address("api/session"), { method: "DELETE" });
      return true;
    } catch {
      return false;
    }
  }

  /** What the account may ask for, and what has become of what it asked for. Rejects with a FlagstoneError. */
  async upgrades() {
    return (await this.#upgrade("", { cache: "no-store" })).json();
  }

  /** Asks for an upgrade of a feature, by its key; resolves to the request. It switches nothing on by itself. */
  async requestUpgrade(feature, message = "") {
    const headers = { "Content-Type": "application/json" };
    return (await this.#upgrade("", { method: "POST", headers, body: JSON.stringify({ feature, message }) })).json();
  }

  /** Takes a request back that has not been answered, by its id. */
  async withdrawUpgrade(id) {
    await this.#upgrade(`/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  async #upgrade(below, init) {
    await this.#connectUnlessTold();
    return asked(this.#link.address("api/me/upgrade-requests" + below, this.#link.options.account), init);
  }

  /** Whether a feature is on, by its key (`knowledge_base`) or its flag name (`knowledgeBaseEnabled`). */
  hasFeature = (name) => this.#state.hasFeature(name);

  /** Whether the account may use a model, named `provider/id`. The list is asked for once somebody wants to know. */
  hasModel = (name) => this.#state.hasModel(name);

  /** Whether the account may use a component, by its key. */
  hasComponent = (key) => this.#state.hasComponent(key);

  /** The value of a feature that is on and of the fallback's type, else the fallback. */
  value = (name, fallback) => this.#state.value(name, fallback);

  /** Calls `listener` after every change of what is known or of `error`. Answers the function that ends this. */
  onChange = (listener) => {
    this.#listeners.add(listener);
    this.#connectUnlessTold();
    return () => {
      this.#listeners.delete(listener);
    };
  };

  /** Resolves, always, to this object: once features are known, the first question failed or `timeout` has passed. */
  get ready() {
    return this.#settled();
  }

  get error() {
    return this.#state.error;
  }

  get account() {
    return this.#state.account;
  }

  get revision() {
    return this.#state.revision;
  }

  /** All of this at one moment: the same frozen object until something changes. */
  get state() {
    return this.#state;
  }

  async #settled() {
    await this.#connectUnlessTold();
    for (let link = null; link !== this.#link; ) {
      link = this.#link;
      await link.settled;
    }
    return this;
  }

  /** A page that listens but never connects gets the defaults; one that connects in the same task is not pre-empted. */
  async #connectUnlessTold() {
    if (this.#link) return;
    await new Promise((resolve) => setTimeout(resolve));
    if (!this.#link) this.connect();
  }

  #stateOf(known) {
    return stateOf({ ...known, want: (list) => this.#want(list) });
  }

  #want(list) {
    this.#wanted.add(list);
    this.#link?.list(list);
  }

  #set(state) {
    this.#state = state;
    for (const listener of [...this.#listeners]) {
      try {
        listener(this);
      } catch (problem) {
        console.error(problem);
      }
    }
  }
}

/** What went wrong with the latest question; `status` is 0 where no answer came. */
export class FlagstoneError extends Error {
  constructor(message, { status = 0, retryAfter = 0, cause } = {}) {
    super(message, { cause });
    this.name = "FlagstoneError";
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** Whether asking again cannot help: nobody is signed in, or the account is not theirs. */
  get final() {
    return this.status === 401 || this.status === 403;
  }
}

/** The connection of this page, which `<feature-gate>` and the React hook follow. */
export const flags = new FeatureFlags();

/** One moment: the answer and the error, where there is one, and whether the first question has been settled. */
function stateOf({ answer = null, error = null, settled = false, lists = {}, want = () => {} } = {}) {
  const { account = null, revision = 0, features = {} } = answer ?? {};
  const named = answer?.flags ?? {};
  const hasFeature = (name) => own(features, name)?.enabled === true || own(named, name) === true;
  const value = (name, fallback) => {
    const yesOrNo = own(named, name) ?? own(named, flagName(name));
    const found = yesOrNo ?? (hasFeature(name) ? own(features, name)?.value : undefined);
    const fits = fallback === undefined || fallback === null || typeof found === typeof fallback;
    return found !== undefined && fits ? found : fallback;
  };
  const mayUse = (list) => (name) => {
    want(list);
    return lists[list]?.has(String(name)) ?? false;
  };
  const [hasModel, hasComponent] = [mayUse("models"), mayUse("components")];
  const listed = (list) => error !== null || lists[list] !== undefined;
  return Object.freeze({ ready: settled, error, account, revision, features, hasFeature, hasModel, hasComponent, listed, value });
}

/** How the entries of the two lists are named. */
const LISTS = {
  models: ({ provider, model_id }) => `${provider}/${model_id}`,
  components: ({ key }) => key,
};

function own(object, name) {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The name of `knowledge_base` among the boolean flags: `knowledgeBaseEnabled`. */
function flagName(key) {
  return String(key).replace(/[._]+(.?)/g, (_, letter) => letter.toUpperCase()) + "Enabled";
}

/** One connection, from `connect` to `close`. */
class Link {
  #report;
  #settle;
  #stop = new AbortController();
  #answer = null;
  #error = null;
  #told = "";
  #wanted;
  #lists = {}; // what the account may use by list; null where that could not be learned
  #listed = {}; // the answer that each list belongs to
  #asking = new Set();
  #yielded = false; // the stream was left to newer tabs

  constructor(options, wanted, report) {
    this.#wanted = wanted;
    const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== null);
    this.options = { ...DEFAULTS, ...Object.fromEntries(given) };
    this.kept = new Kept(this.options);
    this.settled = new Promise((resolve) => (this.#settle = resolve));
    this.#report = report;
  }

  open() {
    const kept = this.kept.recall();
    if (kept) this.#tell(kept);
    const late = () => this.#tell(this.#answer, new FlagstoneError("Flagstone has not answered yet"));
    const timer = setTimeout(late, this.options.timeout);
    this.settled.then(() => clearTimeout(timer));
    this.#run(this.#stop.signal);
  }

  close() {
    this.#stop.abort();
    this.#settle();
  }

  address(path, account = "") {
    const address = new URL(path, new URL(String(this.options.url).replace(/\/?$/, "/"), globalThis.location?.href));
    if (account) address.searchParams.set("account", account);
    return address;
  }

  /** Asking again after each stream tells a lost session from a lost network, and is the polling where streams fail. */
  async #run(stop) {
    for (let failures = 0; !stop.aborted; ) {
      const problem = await this.#ask(stop);
      if (problem?.final) return;
      const lasted = !problem && !hidden() && (await this.#follow(stop));
      if (this.#yielded) await this.#standBy(stop);
      failures = lasted ? 0 : failures + 1;
      await pause(Math.max(delay(failures, this.options.poll), problem?.retryAfter ?? 0), stop);
      await shown(stop);
    }
  }

  /** Asks once; answers the problem, if there was one. The browser's own cache sends If-None-Match. */
  async #ask(stop) {
    const patience = new Patience(stop, ANSWER_WITHIN);
    try {
      const response = await request(this.#features(""), { cache: "no-cache", signal: patience.signal });
      this.#learn(await response.json(), stop);
    } catch (problem) {
      return stop.aborted ? undefined : this.#fail(problem);
    } finally {
      patience.lose();
    }
  }

  /** Follows the stream to its end; answers whether it lasted. */
  async #follow(stop) {
    const patience = new Patience(stop, FIRST_EVENT_WITHIN);
    const end = () => patience.lose();
    let newer = 0;
    this.#yielded = false;
    const tabs = tabsOf(this.options.url, (word) => {
      if (word !== "following") return;
      this.#yielded = !hidden() && ++newer >= STREAMS;
      if (hidden() || this.#yielded) end();
    });
    tabs.tell("following");
    globalThis.addEventListener?.("pagehide", end);
    const began = Date.now();
    let delivered = false;
    try {
      const response = await request(this.#features("/stream"), { cache: "no-store", signal: patience.signal });
      for await (const event of events(response.body)) {
        if (event.name === "features") {
          const before = this.#answer;
          this.#learn(JSON.parse(event.data), stop);
          if (this.#answer !== before) tabs.tell("changed");
          delivered = true;
        }
        if (delivered) patience.renew(SILENCE);
      }
    } catch {
      // Why it ended is told by the question that follows.
    } finally {
      if (!this.#yielded) tabs.tell("left");
      tabs.close();
      globalThis.removeEventListener?.("pagehide", end);
      patience.lose();
    }
    return delivered && Date.now() - began > LASTING;
  }

  /** Asks whenever a tab that follows has news, and every `poll`, until one of them leaves. */
  async #standBy(stop) {
    let again = false;
    let awake = new AbortController();
    const tabs = tabsOf(this.options.url, (word) => {
      if (word === "left") again = true;
      if (word !== "following") awake.abort();
    });
    while (!again && !hidden() && !stop.aborted) {
      await pause(this.options.poll, AbortSignal.any([stop, awake.signal]));
      awake = new AbortController();
      if (!again && (await this.#ask(stop))) break;
    }
    tabs.close();
  }

  /** Asks which models or components the account may use, until it has them for what is known of its features. */
  async list(list) {
    const stop = this.#stop.signal;
    if (this.#asking.has(list) || !this.#answer) return;
    this.#asking.add(list);
    for (let failures = 0; !stop.aborted && this.#listed[list] !== this.#answer; ) {
      const answer = this.#answer;
      const { names, problem } = await this.#askList(list, stop);
      if (names) [this.#lists, this.#listed[list]] = [{ ...this.#lists, [list]: names }, answer];
      else if (problem.final || !this.#lists[list]) this.#lists = { ...this.#lists, [list]: null };
      this.#tell(this.#answer, this.#error);
      if (problem?.final) break;
      failures = problem ? failures + 1 : 0;
      if (problem) await pause(delay(failures, this.options.poll), stop);
    }
    this.#asking.delete(list);
  }

  async #askList(list, stop) {
    const patience = new Patience(stop, this.options.timeout);
    try {
      const response = await request(this.#own("api/v2/features/" + list), { cache: "no-cache", signal: patience.signal });
      return { names: new Set((await response.json())[list].map(LISTS[list])) };
    } catch (problem) {
      return { problem };
    } finally {
      patience.lose();
    }
  }

  #features(suffix) {
    return this.#own("api/me/features" + suffix);
  }

  /** An address that answers for this account. */
  #own(path) {
    return this.address(path, this.options.account);
  }

  #learn(answer, stop) {
    if (typeof answer?.features !== "object" || !answer.features) throw new FlagstoneError("The answer has no features");
    if (stop.aborted) return;
    this.kept.keep(answer);
    this.#tell(answer);
    for (const list of this.#wanted) this.list(list);
  }

  /** Keeps what was known through an outage, but not past the end of the session or of the membership. */
  #fail(cause) {
    const error = cause instanceof FlagstoneError ? cause : new FlagstoneError("Flagstone cannot be reached", { cause });
    if (error.final) this.kept.forget();
    this.#tell(error.final ? null : this.#answer, error);
    return error;
  }

  /** Reports what has changed since it last did. */
  #tell(answer, error = null) {
    if (this.#stop.signal.aborted) return;
    if (!answer) this.#lists = {};
    const names = Object.keys(LISTS).map((list) => this.#lists[list] && [...this.#lists[list]]);
    const telling = JSON.stringify([answer, error?.status, error?.message, names, Object.keys(this.#lists)]);
    if (JSON.stringify(answer) !== JSON.stringify(this.#answer)) this.#answer = answer;
    this.#error = error;
    if (telling !== this.#told) this.#report({ answer, error, settled: true, lists: this.#lists });
    this.#told = telling;
    this.#settle();
  }
}

/** The last answer, kept in this browser for `ttl`, by user and account; nothing is kept where the user is not named. */
class Kept {
  #all;
  #mine;
  #key;
  #ttl;

  constructor({ url, user, account, ttl }) {
    this.#all = `flagstone:${url}:`;
    this.#mine = `${this.#all}${encodeURIComponent(user)}:`;
    this.#key = user && ttl > 0 ? this.#mine + account : "";
    this.#ttl = ttl;
  }

  /** What was kept for this user and account and is young enough; whatever a former user left goes. */
  recall() {
    return this.#try((storage) => {
      if (!this.#key) return null;
      this.#sweep(storage, (key) => !key.startsWith(this.#mine));
      const { at, answer } = JSON.parse(storage.getItem(this.#key)) ?? {};
      const age = Date.now() - at;
      return age >= 0 && age < this.#ttl && answer?.features ? answer : null;
    });
  }

  keep(answer) {
    this.#try((storage) => this.#key && storage.setItem(this.#key, JSON.stringify({ at: Date.now(), answer })));
  }

  /** Forgets what was kept from this server, for whomever. */
  forget() {
    this.#try((storage) => this.#sweep(storage, () => true));
  }

  #sweep(storage, condemned) {
    for (const key of Object.keys(storage)) {
      if (key.startsWith(this.#all) && condemned(key)) storage.removeItem(key);
    }
  }

  /** Browsers refuse storage in many ways (blocked, full, sandboxed); none of them may reach the page. */
  #try(use) {
    try {
      return use(globalThis.localStorage);
    } catch {
      return null;
    }
  }
}

/** A signal that fires when `stop` does, when patience is lost, or by itself unless renewed in time. */
class Patience {
  #controller = new AbortController();
  #timer;

  constructor(stop, ms) {
    stop.addEventListener("abort", () => this.lose(), { signal: this.#controller.signal });
    this.renew(ms);
  }

  get signal() {
    return this.#controller.signal;
  }

  renew(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.lose(), ms);
  }

  lose() {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }
}

/** No header but those a browser sends anywhere, so that another origin needs no preflight to read. */
async function request(address, init) {
  const response = await fetch(address, { credentials: "include", ...init });
  if (response.ok) return response;
  const { status } = response;
  const because = { 401: "Nobody is signed in", 403: "This account is not yours to see" }[status] ?? `Flagstone answered ${status}`;
  throw new FlagstoneError(because, { status, retryAfter: SECOND * (Number(response.headers.get("Retry-After")) || 0) });
}

/** As request, for what a person asks for: the problem is told in the server's own words. */
async function asked(address, init) {
  const response = await fetch(address, { credentials: "include", ...init }).catch((cause) => {
    throw new FlagstoneError("Flagstone cannot be reached", { cause });
  });
  if (response.ok) return response;
  const { detail, errors } = await response.json().catch(() => ({}));
  throw new FlagstoneError(errors?.[0]?.message ?? detail ?? `Flagstone answered ${response.status}`, { status: response.status });
}

/** The events of a text/event-stream; a heartbeat is an event without a name. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let event = { name: "", data: "" };
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const lines = (rest + chunk.value).split("\n");
    rest = lines.pop();
    for (const line of lines.map((raw) => raw.replace(/\r$/, ""))) {
      const [, field, text] = /^([^:]*):? ?(.*)$/.exec(line);
      if (field === "event") event.name = text;
      if (field === "data") event.data += text;
      if (field) continue;
      yield line ? { name: "", data: "" } : event;
      if (!line) event = { name: "", data: "" };
    }
  }
}

/** What the tabs of a portal in one browser tell one another: who follows, who has left, and that there is news. */
function tabsOf(url, hear) {
  if (!globalThis.document || !globalThis.BroadcastChannel) return { tell() {}, close() {} };
  const channel = new BroadcastChannel(`flagstone:${url}`);
  channel.onmessage = ({ data }) => hear(data);
  return { tell: (word) => channel.postMessage(word), close: () => channel.close() };
}

function hidden() {
  return globalThis.document?.visibilityState === "hidden";
}

async function shown(stop) {
  while (hidden() && !stop.aborted) await pause(DAY, stop);
}

/** Waits; wakes early when stopped, when the network is back and when somebody looks at the page again. */
function pause(ms, stop) {
  return new Promise((resolve) => {
    const awake = new AbortController();
    const wake = () => {
      clearTimeout(timer);
      awake.abort();
      resolve();
    };
    const timer = setTimeout(wake, ms);
    const on = (target, name, act) => target?.addEventListener?.(name, act, { signal: awake.signal });
    on(stop, "abort", wake);
    on(globalThis, "online", wake);
    on(globalThis.document, "visibilitychange", () => hidden() || wake());
    if (stop.aborted) wake();
  });
}

/** Doubles with each failure up to `most`, spread so that a restarted server is not asked by everybody at once. */
function delay(failures, most) {
  if (failures === 0) return Math.random() * SECOND;
  return Math.min(most, SECOND * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

const Element = globalThis.HTMLElement ?? class {};

/**
 * `<feature-gate feature="knowledge_base">` shows its content while the feature is on, what has `slot="fallback"`
 * while it is off, and what has `slot="pending"`, if anything, until that is known. `model="provider/id"` and
 * `component="key"` gate by what the account may use.
 */
export class FeatureGate extends Element {
  static observedAttributes = ["feature", "model", "component"];
  static #style;
  #slot;
  #leave;

  constructor() {
    super();
    this.#slot = document.createElement("slot");
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [FeatureGate.#sheet()];
    root.append(this.#slot);
  }

  /** A constructed sheet passes a Content-Security-Policy that forbids inline style. */
  static #sheet() {
    if (!this.#style) {
      this.#style = new CSSStyleSheet();
      this.#style.replaceSync(":host { display: contents } :host([hidden]) { display: none }");
    }
    return this.#style;
  }

  get feature() {
    return this.getAttribute("feature") ?? "";
  }

  set feature(name) {
    this.setAttribute("feature", name);
  }

  get model() {
    return this.getAttribute("model") ?? "";
  }

  set model(name) {
    this.setAttribute("model", name);
  }

  get component() {
    return this.getAttribute("component") ?? "";
  }

  set component(key) {
    this.setAttribute("component", key);
  }

  /** `on`, `off` or, before the first answer, `pending`. A gate with several attributes is on where all of them are. */
  get state() {
    const asked = [
      this.hasAttribute("model") && { on: flags.hasModel(this.model), known: flags.state.listed("models") },
      this.hasAttribute("component") && { on: flags.hasComponent(this.component), known: flags.state.listed("components") },
    ].filter(Boolean);
    if (this.hasAttribute("feature") || !asked.length) asked.push({ on: flags.hasFeature(this.feature), known: true });
    if (asked.every(({ on }) => on)) return "on";
    return flags.state.ready && asked.every(({ on, known }) => on || known) ? "off" : "pending";
  }

  connectedCallback() {
    this.#leave = flags.onChange(() => this.#show());
    this.#show();
  }

  disconnectedCallback() {
    this.#leave();
  }

  attributeChangedCallback() {
    this.#show();
  }

  /** Content that no slot takes is neither drawn nor reachable by keyboard or screen reader. */
  #show() {
    this.#slot.name = { on: "", off: "fallback", pending: "pending" }[this.state];
  }
}

if (globalThis.customElements && !customElements.get("feature-gate")) customElements.define("feature-gate", FeatureGate);
