// @ts-check
/** A phone of the promises page: a device that follows what its owner promised, and what others did. */

import { beginning } from "./beginning.js";
import { challenges } from "./challenges.js";
import { Device } from "./device.js";
import { limits } from "./limits.js";
import { owing } from "./owing.js";
import { Promising } from "./promising.js";
import { uuid7 } from "./tandem.js";
import { demoTime } from "./time.js";
import { wallet } from "./wallet.js";

/** @typedef {import("./tandem.js").Client} Client */

/** After these there is another challenge to follow, or one less. */
const ANOTHER = ["challenges.started", "challenges.shared", "challenges.unshared"];
const HERE = location.origin + location.pathname;

export class PromisePhone extends Device {
  offersLink = true;
  #payPage;
  /** @type {Set<string>} The topics that are followed. */ #joined = new Set();

  /** @param {import("./device.js").Person} person @param {string | null} payPage */
  constructor(person, payPage) {
    super(person);
    this.#payPage = payPage;
  }

  /** @param {string} name */
  newModel(name) { return new Promising(name); }

  left() { this.#joined.clear(); }

  /** @param {Client} client */
  listen(client) {
    this.#joined.clear();
    client.onSnapshot((state, topic) => {
      if (topic === `user/${client.userId}`) {
        this.model.takeOwn(state);
        this.#readAll();
      }
      if (state.challenge) {
        this.model.challengeOf(topic)?.take(state.challenge);
        this.#readTimes(topic);
      }
      this.#follow();
    });
    client.onPush((event, topic, pos, at) => {
      if (topic.startsWith("challenge/")) this.#heard(event, topic);
      else {
        this.model.follow(event, pos, at, false, false);
        this.model.hear(event);
        if (ANOTHER.includes(event.type)) this.#look();
        if (/^(payments|ledger)[.]/.test(event.type)) this.#readSummary(); // What can go back to cards follows from both.
      }
      this.#follow();
    });
  }

  /** @param {any} event @param {string} topic */
  #heard(event, topic) {
    this.model.challengeOf(topic)?.follow(event);
    this.tell("event", { event });
    if (event.type === "challenges.settled") this.#readTimes(topic);
  }

  /** Follow every challenge that is shown. */
  #follow() {
    for (const { id } of this.model.latest) {
      const topic = `challenge/${id}`;
      if (this.#joined.has(topic)) continue;
      this.#joined.add(topic);
      this.client?.join(topic);
    }
    this.tell("changed");
    this.draw();
  }

  /** Read which challenges there are. */
  async #look() {
    const read = await this.#read("/v1/challenges?limit=20");
    if (!read) return;
    this.model.takeChallenges(read.items);
    this.#follow();
  }

  /** Read what topics do not tell: cards, payments, what can be promised, and what has ended. */
  async #readAll() {
    const [, payments, payouts, templates] = await Promise.all([
      this.#readSummary(), this.#read("/v1/payments?limit=20"), this.#read("/v1/payments/payouts?limit=3"), this.#read("/v1/challenges/templates"),
      this.#look(),
    ]);
    for (const one of payments?.items ?? []) this.model.payments.set(one.payment_id, one);
    for (const one of payouts?.items ?? []) this.model.payouts.set(one.payout_id, one);
    this.model.templates = templates?.items ?? [];
    this.draw();
  }

  async #readSummary() {
    this.model.summary = (await this.#read("/v1/payments/summary")) ?? this.model.summary;
    this.draw();
  }

  /** @param {string} topic */
  async #readTimes(topic) {
    const read = await this.#read(`/v1/challenges/${topic.replace("challenge/", "")}/occurrences?limit=50`);
    if (read) this.model.challengeOf(topic)?.takeListed(read.items);
    this.draw();
  }

  /** Read something of one's own; where that fails it is read again before long. @param {string} path */
  #read(path) { return this.session.ask(path).catch(() => null); }

  /** Change something of one's own; what is refused is shown. Gives null where it was.
   * @param {string} path @param {{method?: string, body?: any}} how */
  async #change(path, how) {
    try {
      return (await this.session.ask(path, { method: "POST", ...how })) ?? {};
    } catch (/** @type {any} */ why) {
      this.complain(why.message);
      return null;
    }
  }

  parts() {
    return [
      owing({ goOn: (id) => this.#goOn(`/v1/payments/${id}/continue`) }),
      wallet({
        bring: (amount_minor, save_card) => this.#checkOut({ payment_id: newId(), amount_minor, save_card, return_to: HERE }),
        takeOut: (amount_minor) => this.#payOut({ payout_id: newId(), amount_minor }),
        saveCard: () => this.#goOn("/v1/payments/card", { setup_id: newId() }),
        forgetCard: () => this.#change("/v1/payments/card", { method: "DELETE" }),
        stateAdult: () => this.send({ type: "stakes.state_adult", is_adult: true }),
      }),
      challenges({ ask: (id, wish) => this.send(wish, { to: `challenge/${id}`, backDated: wish.type === "challenges.prove" }) }),
      beginning({ start: (wish) => this.send({ type: "challenges.start", ...wish }) }),
      limits({ set: (wanted) => this.send({ type: "stakes.set_limits", limits: wanted }) }),
    ];
  }

  /** Lead to the page on which one pays. @param {any} body */
  async #checkOut(body) {
    const begun = await this.#change("/v1/payments/checkout", { body });
    if (begun) location.assign(begun.url);
    return begun;
  }

  /** @param {any} body */
  async #payOut(body) {
    const payout = await this.#change("/v1/payments/payouts", { body });
    if (payout) this.model.payouts.set(payout.payout_id, payout);
    this.#readSummary();
    return payout;
  }

  /** Lead to where a payment is confirmed, or a card is saved. @param {string} path @param {any} [body] */
  async #goOn(path, body) {
    if (!this.#payPage) return this.complain("An app goes on with this, with Stripe’s own sheet; this page can with the stand-in only.");
    const begun = await this.#change(path, { body });
    if (begun) location.assign(`${this.#payPage}/${begun.client_secret}?return_url=${encodeURIComponent(HERE)}`);
  }
}

const newId = () => uuid7(demoTime.now());
