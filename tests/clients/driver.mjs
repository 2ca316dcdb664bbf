// Holds JavaScript clients for a test: a line of JSON in is a wish, a line of JSON out its answer.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

// Node has no `online` event; a real EventTarget in the place of the browser's window has.
const browser = new EventTarget();
globalThis.addEventListener = browser.addEventListener.bind(browser);
globalThis.removeEventListener = browser.removeEventListener.bind(browser);

const { Client, Refused, storeIn } = await import(pathToFileURL(process.argv[2]).href);

/** A clock that stands still until it is advanced. */
class HandClock {
  #now = Date.parse("2026-11-21T12:00:00Z");
  #elapsed = 1_000_000;
  #timers = new Map();
  #last = 0;
  now = () => this.#now;
  elapsed = () => this.#elapsed;
  setTimeout = (run, ms) => {
    this.#timers.set(++this.#last, { run, at: this.#elapsed + ms });
    if (ms <= 0) setTimeout(() => this.#ring());
    return this.#last;
  };
  clearTimeout = (timer) => void this.#timers.delete(timer);
  advance(ms) {
    this.#now += ms;
    this.#elapsed += ms;
    this.#ring();
  }
  #ring() {
    for (const [timer, { run, at }] of [...this.#timers]) {
      if (at > this.#elapsed || !this.#timers.delete(timer)) continue;
      run();
    }
  }
}

/** The browser's localStorage, of which Node has none. */
class PageStorage {
  #items;
  constructor(items) { this.#items = new Map(Object.entries(items)); }
  getItem(key) { return this.#items.get(key) ?? null; }
  setItem(key, text) { this.#items.set(key, text); }
}

/** A store that answers when it is told to, as a database or a file does in its own time. */
class SlowStore {
  #working = [];
  constructor(kept) { this.kept = kept; }
  load() { return new Promise((loaded) => this.#working.push(() => loaded(this.kept))); }
  save(kept) {
    return new Promise((saved) => this.#working.push(() => { this.kept = kept; saved(); }));
  }
  get jobs() { return this.#working.length; }
  work() { this.#working.shift()(); }
}

class Phone {
  #heard = {};
  #looking = {};
  constructor({ url, tokens = ["token"], renewals, random = 0, kept = [], slow_store, in_real_time, ...options }) {
    this.clock = new HandClock();
    this.storage = new PageStorage({ anna: JSON.stringify(kept) });
    this.store = slow_store ? new SlowStore(kept) : storeIn("anna", this.storage);
    const given = (token) => {
      if (token === null) throw new Error("no network");
      return token;
    };
    this.client = new Client(url, {
      token: renewals ? tokens[0] : async () => given(tokens.length > 1 ? tokens.shift() : tokens[0]),
      renew: renewals && (async () => given(renewals.shift())),
      clock: in_real_time ? undefined : this.clock,
      random: () => random,
      store: this.store,
      queueMax: options.queue_max,
      triesMax: options.tries_max,
      openWithinS: options.open_within_s,
    });
    this.subscriptions = {};
    this.client.onPush((event, topic, pos, at) => this.#hear("push", { event, topic, pos, at }));
    this.client.onSnapshot((state, topic, pos) => this.#hear("snapshot", { state, topic, pos }));
    this.client.onPresence((presence) => this.#hear("presence", presence));
    this.client.onProblem(({ code }, topic) => this.#hear("problem", { code, topic }));
    this.client.onAnswer(({ id }, ok, refused) => this.#hear("answer", { id, ok, code: refused?.code ?? null }));
  }
  #hear(what, fields) {
    const looking = this.#looking[what]?.shift();
    if (looking) looking(fields);
    else (this.#heard[what] ??= []).push(fields);
  }
  next({ what }) {
    return this.#heard[what]?.shift() ?? new Promise((found) => (this.#looking[what] ??= []).push(found));
  }
  ask_and_forget({ do: wish }) { void this.client.ask(wish); }
  connect_and_forget() { void this.client.connect(); }
  store_jobs() { return this.store.jobs; }
  store_works() { this.store.work(); }
  start() { void this.client.connect(); }
  connect({ timeout_s }) { return this.client.connect(timeout_s); }
  close() { return this.client.close(); }
  cut() { this.client.cut(); }
  restore() { this.client.restore(); }
  ask({ do: wish, to, id, made_at, back_dated }) {
    return this.client.ask(wish, { to, id, madeAt: made_at && new Date(made_at), backDated: back_dated });
  }
  join({ topic }) { this.subscriptions[topic] = this.client.join(topic); }
  async ready({ topic }) { await this.subscriptions[topic].ready(); }
  leave({ topic }) { this.client.leave(topic); }
  refresh({ topic }) { this.subscriptions[topic].refresh(); }
  set_presence({ topic, doing, away }) { this.client.setPresence(topic, doing, { away }); }
  async until({ names }) {
    const { name, reason = null, code = null, retryInS = null } = await this.client.until(names);
    return { name, reason, code, retry_in_s: retryInS };
  }
  queued() { return this.client.queued; }
  saved() { return this.store.kept ?? JSON.parse(this.storage.getItem("anna")); }
  advance({ seconds }) { this.clock.advance(seconds * 1000); }
  online() { browser.dispatchEvent(new Event("online")); }
  throwing() { this.client.onPush(() => { throw new Error("a listener's own"); }); }
}

const phones = new Map();
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

function told(error) {
  const { name, message, code, facts, temporary, reason } = error;
  return { name, message, code, reason, facts, temporary: error instanceof Refused ? temporary : undefined };
}

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { n, phone, wish, args } = JSON.parse(line);
  try {
    if (wish === "new") phones.set(phone, new Phone(args));
    const answer = wish === "new" ? null : phones.get(phone)[wish](args);
    say({ n, taken: true });
    say({ n, ok: (await answer) ?? null });
  } catch (error) {
    say({ n, error: told(error) });
  }
}).on("close", () => process.exit(0));
