// @ts-check
/** One time something is promised: how it stands, what it costs, and what one may do about it. */

import { el } from "./element.js";
import { button } from "./folding.js";
import { dayAndHour, dayName, until } from "./moments.js";
import { dollars } from "./money.js";
import { awaitsOwner } from "./promising.js";

/** @typedef {import("./promising.js").Occurrence} Occurrence */
/** @typedef {import("./promising.js").Challenge} Challenge */
/** @typedef {{prove: (key: string) => void, dispute: (key: string) => void, rule: (key: string, outcome: string) => void,
 *   excuse: (key: string) => void}} Does */
/** @typedef {{model: import("./promising.js").Promising, challenge: Challenge, now: Date}} Seen Who looks at what, and when. */

const RULED_WITHIN_MS = 14 * 86_400_000;
const UNDONE = ["scheduled", "due", "missed"];
const KEPT = { done: "kept", missed: "forfeited", excused: "excused" };
const EXCUSES = {
  outage: "We were away ourselves.", no_such_time: "The clocks were set over it.", follower: "Your partner excused it.",
  ruling: "The referee excused it.", unruled: "Nobody ruled on it in time.", parted: "You have parted since.",
};

/** @param {Occurrence} one @param {Date} now */
export const isOpen = (one, now) => UNDONE.includes(one.status) && Date.parse(one.opens_at) <= now.getTime() && now.getTime() < Date.parse(one.due_at);

/** Who gets what is forfeited. @param {Seen} seen */
export function gainerOf({ model, challenge }) {
  const stake = challenge.shown?.stake;
  if (stake?.forfeits_to !== "partner") return stake?.forfeits_to ?? "";
  return stake.beneficiary_id === model.userId ? "you" : (model.nameOf(stake.beneficiary_id) ?? "the partner");
}

/** How it stands, in a word, and how the word looks. @param {Occurrence} one @param {Date} now @returns {[string, string]} */
export function standingOf(one, now) {
  if (isOpen(one, now) && one.status !== "missed") return ["open now", "due"];
  if (one.status === "settled") return [(one.amount_minor || one.outcome !== "missed") ? /** @type {any} */ (KEPT)[one.outcome ?? "excused"] : "missed", `settled ${one.outcome}`];
  return [one.status === "scheduled" ? "ahead" : one.status, one.status];
}

/** @param {Occurrence} one @param {Seen} seen */
function whatOf(one, seen) {
  const { model, challenge, now } = seen;
  const { zone } = model;
  const [amount, stake] = [dollars(one.amount_minor), challenge.shown?.stake];
  const left = one.settle_at ? `Final on ${dayAndHour(one.settle_at, zone)}.` : "";
  switch (one.status) {
    case "done": return left;
    case "missed": return `${left} It may be disputed until then.`;
    case "excused": return `${/** @type {any} */ (EXCUSES)[one.excuse ?? ""] ?? ""} ${left}`;
    case "disputed": return `${one.reason ? `“${one.reason}”` : "Two see it differently."} ${waitsUntil(one, zone)}`;
    case "settled": {
      if (one.outcome === "excused") return /** @type {any} */ (EXCUSES)[one.excuse ?? ""] ?? "";
      if (one.outcome !== "missed" || !one.amount_minor) return "";
      const gainer = gainerOf(seen);
      return stake?.mode === "charge" ? chargeOf(one, model, amount, gainer) : `${amount} went to ${gainer}.`;
    }
    default: return isOpen(one, now) ? `until ${until(one.due_at, zone)}` : "";
  }
}

/** @param {Occurrence} one @param {string} zone */
const waitsUntil = ({ amount_minor, dispute }, zone) =>
  amount_minor && dispute ? `Nothing is owed if nobody rules on it until ${dayAndHour(Date.parse(dispute.opened_at) + RULED_WITHIN_MS, zone)}.` : "";

/** @param {Occurrence} one @param {import("./promising.js").Promising} model @param {string} amount @param {string} gainer */
function chargeOf(one, model, amount, gainer) {
  const payment = model.payments.get(one.paymentId ?? "") ?? [...model.payments.values()].find((known) => known.challenge_event_id === one.event_id);
  if (payment?.status === "succeeded" || one.isPaid) return `${amount} was charged, and went to ${gainer}.`;
  if (payment && awaitsOwner(payment)) return `${amount}: your bank wants you to confirm.`; // Nobody else knows of one's payments.
  return one.isPaid === false ? `${amount} could not be charged so far.` : `${amount} is being charged.`;
}

/** What whoever looks may do about it. @param {Occurrence} one @param {Seen} seen @param {Does} does */
function actionsOf(one, { model, challenge, now }, does) {
  const isOwner = challenge.ownerId === model.userId;
  const { status, key } = one;
  const mayDispute = status === (isOwner ? "missed" : "done") && now.getTime() < Date.parse(one.settle_at ?? "");
  if (isOwner) {
    return [isOpen(one, now) && button("I did it", () => does.prove(key), "button small"), mayDispute && button("Dispute", () => does.dispute(key))];
  }
  if (status === "disputed") return mayRule(one, model, challenge) ? rulings(key, does) : [el("p", { class: "soft" }, whyNotRule(one, model, challenge))];
  return [mayDispute && button("Dispute", () => does.dispute(key)), status === "missed" && button("Excuse", () => does.excuse(key))];
}

/** @param {string} key @param {Does} does */
const rulings = (key, does) => [["done", "It was done"], ["missed", "It was missed"], ["excused", "Excuse it"]].map(([outcome, text]) =>
  button(text, () => does.rule(key, outcome), outcome === "done" ? "button small" : "button quiet small"));

/** Nobody rules on what they gain by, nor on what they contested themselves.
 * @param {Occurrence} one @param {import("./promising.js").Promising} model @param {Challenge} challenge */
function mayRule({ dispute }, { userId }, { shown }) {
  const me = shown?.followers.find((/** @type {any} */ follower) => follower.user_id === userId);
  return Boolean(me?.is_referee && dispute && !dispute.is_appeal && dispute.opened_by !== userId && shown?.stake?.beneficiary_id !== userId);
}

/** @param {Occurrence} one @param {import("./promising.js").Promising} model @param {Challenge} challenge */
const whyNotRule = ({ dispute }, { userId }, { shown }) => (dispute?.opened_by === userId ? "You contested it, so somebody else rules."
  : shown?.stake?.beneficiary_id === userId ? "You would gain by it, so somebody else rules." : "An admin rules on it.");

/** A row of the list. @param {Occurrence} one @param {Seen} seen @param {Does} does @param {any} form What is open in it, if anything is. */
export function rowOf(one, seen, does, form) {
  const [word, kind] = standingOf(one, seen.now);
  const what = whatOf(one, seen).trim();
  const actions = form ? [] : actionsOf(one, seen, does).filter(Boolean);
  return el("li", { class: `time ${kind}`, "data-key": one.key },
    el("span", { class: "what-day" }, el("b", {}, dayName(one.first_day)), one.amount_minor > 0 && el("span", { class: "soft" }, dollars(one.amount_minor))),
    el("span", { class: "chip" }, word),
    one.note && el("blockquote", {}, one.note),
    what && el("p", { class: "soft" }, what),
    actions.length > 0 && el("div", { class: "actions" }, ...actions), form);
}
