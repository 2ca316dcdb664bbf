// @ts-check
/** What was missed and could not be charged: the bank asks, or the card said no. */

import { el, fill } from "./element.js";
import { button } from "./folding.js";
import { dollars } from "./money.js";
import { awaitsOwner } from "./promising.js";

/** @type {Record<string, (amount: string) => [string, string, string]>} */
const WORDS = {
  action_needed: (amount) => ["Your bank wants you to confirm", `${amount} for what you missed waits for you.`, "Continue"],
  declined: (amount) => [`Your card could not be charged ${amount}`, "It is tried again on another day, or you pay now.", "Pay now"],
  unpaid: (amount) => [`You owe ${amount}`, "Your card could not be charged for what you missed.", "Pay now"],
};

/** @param {{goOn: (paymentId: string) => void}} does */
export function owing({ goOn }) {
  const list = el("div", { class: "owing", role: "status" });
  let drawn = "";

  /** @param {import("./device.js").Shown} shown */
  function draw({ model }) {
    const open = [...model.payments.values()].filter(({ payment_type, status }) => payment_type === "forfeit" && status in WORDS);
    const next = JSON.stringify(open);
    list.hidden = open.length === 0;
    if (next === drawn) return;
    drawn = next;
    fill(list, ...open.map((payment) => {
      const { payment_id, status, amount_minor } = payment;
      const [title, text, verb] = WORDS[awaitsOwner(payment) ? "action_needed" : status](dollars(amount_minor));
      return el("section", { class: "card owed" }, el("h3", {}, title), el("p", {}, text), button(verb, () => goOn(payment_id), "button small"));
    }));
  }
  return { nodes: [list], draw };
}
