// @ts-check
/** What a phone knows of money and promises: its own topic, and the topic of each challenge. */

import { Model } from "./model.js";

const ENDED_SHOWN_MAX = 2;

/** @typedef {{event_id: string, key: string, first_day: string, opens_at: string, due_at: string, amount_minor: number, status: string,
 *   outcome: string | null, settle_at: string | null, dispute: any, excuse: string | null, note?: string | null, reason?: string | null,
 *   isPaid?: boolean, paymentId?: string | null}} Occurrence `note` is the proof, `reason` why it is disputed. */
/** @typedef {{challenge_id: string, owner_id: string, title: string, status: string, stake: any, terms: any, followers: any[],
 *   isReminded?: boolean}} Shown */

/** Whether a bank wants its customer to confirm; one that was asked while they were away declines until then.
 * @param {{status: string, problem: string | null}} payment */
export const awaitsOwner = ({ status, problem }) => status === "action_needed" || (status !== "succeeded" && problem === "authentication_required");

/** A challenge one has or follows. */
export class Challenge {
  /** @type {Shown | null} Null until its topic has told. */ shown = null;
  /** @type {Map<string, Occurrence>} By name. */ occurrences = new Map();
  hasEnded = false;
  isReminded = false;

  /** @param {{challenge_id: string, owner_id: string, title: string, status: string}} listed */
  constructor(listed) {
    this.id = listed.challenge_id;
    this.ownerId = listed.owner_id;
    this.title = listed.title;
    this.hasEnded = listed.status !== "running";
  }

  /** In the order in which they fall due. */
  get all() { return [...this.occurrences.values()].sort((one, other) => Date.parse(one.due_at) - Date.parse(other.due_at)); }

  /** @param {Shown} shown */
  take(shown) {
    this.shown = shown;
    this.hasEnded = shown.status !== "running";
    for (const [key, one] of this.occurrences) if (one.status === "scheduled") this.occurrences.delete(key);
    for (const one of /** @type {any} */ (shown).occurrences) this.#put(one);
  }

  /** Take what was read of those that are settled, too. @param {any[]} items */
  takeListed(items) {
    for (const { proof, payment_intent_id, ...one } of items) {
      if (one.status === "settled" || !this.occurrences.has(one.key)) this.#put(one);
      this.#put({ key: one.key, note: proof?.note ?? null, paymentId: payment_intent_id });
    }
  }

  /** @param {any} event */
  follow(event) {
    switch (event.type) {
      case "challenges.scheduled":
        for (const one of this.all) if (one.status === "scheduled" && one.first_day >= event.from_day) this.occurrences.delete(one.key);
        event.occurrences.forEach((/** @type {any} */ one) => this.#put(one));
        return;
      case "challenges.done": return this.#put({ ...event.occurrence, note: event.proof?.note ?? null });
      case "challenges.disputed": return this.#put({ ...event.occurrence, reason: event.note });
      case "challenges.forfeit_charged": {
        const charged = this.all.find((one) => one.event_id === event.event_id);
        if (charged) charged.isPaid = event.is_paid;
        return;
      }
      case "challenges.ended": return void (this.hasEnded = true);
      case "reminders.set_to": return void (this.isReminded = event.wishes.some((/** @type {any} */ wish) => wish.channel === "email"));
      default: if (event.occurrence) this.#put(event.occurrence);
    }
  }

  /** @param {any} one */
  #put(one) { this.occurrences.set(one.key, { ...this.occurrences.get(one.key), ...one }); }
}

export class Promising extends Model {
  /** @type {{available: number, held: number} | null} In cents. */ money = null;
  /** @type {any} What protects this person. */ protection = {};
  /** @type {any} Their saved card, what can go back to cards, and what they owe; null while nobody has said. */ summary = null;
  /** @type {Map<string, any>} */ payments = new Map();
  /** @type {Map<string, any>} */ payouts = new Map();
  /** @type {Map<string, Challenge>} */ challenges = new Map();
  /** @type {any[]} What can be begun. */ templates = [];

  /** Those that go on, and the last that have ended; the newest first. */
  get latest() {
    const all = [...this.challenges.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
    const ended = all.filter(({ hasEnded }) => hasEnded).slice(0, ENDED_SHOWN_MAX);
    return [...all.filter(({ hasEnded }) => !hasEnded), ...ended];
  }
  get mine() { return [...this.challenges.values()].filter(({ ownerId }) => ownerId === this.userId); }
  get followed() { return [...this.challenges.values()].filter(({ ownerId }) => ownerId !== this.userId); }
  get isAdult() { return Boolean(this.protection.adult_at); }
  /** The clock by which this person lives. */
  get zone() { return this.me?.time_zone; }

  /** @param {Record<string, any>} state */
  takeOwn(state) {
    super.takeOwn(state);
    this.#takeBalances(state.wallet?.balances ?? []);
    this.protection = state.stakes ?? {};
    this.takeChallenges(state.challenges?.running ?? []);
  }

  /** Know of challenges, and say which are new. @param {any[]} listed */
  takeChallenges(listed) {
    for (const one of listed) if (!this.challenges.has(one.challenge_id)) this.challenges.set(one.challenge_id, new Challenge(one));
  }

  /** @param {string} topic */
  challengeOf(topic) { return this.challenges.get(topic.replace("challenge/", "")); }

  /** @param {any} event */
  hear(event) {
    switch (event.type) {
      case "ledger.balance_changed": return this.#takeBalances(event.balances);
      case "stakes.protection_changed": return void (this.protection = event.protection);
      case "challenges.unshared": return void this.challenges.delete(event.challenge_id);
      case "payments.payment_changed": return void this.payments.set(event.payment.payment_id, event.payment);
      case "payments.payout_changed": return void this.payouts.set(event.payout.payout_id, event.payout);
      case "payments.card_changed": return void (this.summary = { ...this.summary, card: event.card });
      case "payments.debt_changed": return void (this.summary = { ...this.summary, owed_minor: event.owed_minor });
    }
  }

  /** @param {any[]} balances */
  #takeBalances(balances) {
    const found = balances.find(({ asset }) => asset === "usd");
    this.money = { available: found?.available_minor ?? 0, held: found?.held_minor ?? 0 };
  }
}
