// @ts-check
/** The wallet: what one has, what is held of it, what one owes, and the ways in and out by card. */

import { el, fill, play, say } from "./element.js";
import { button, field, sheetOf } from "./folding.js";
import { DOLLAR_FIELD, dollars, minorOf } from "./money.js";

const PAYOUTS_SHOWN_MAX = 2;
const WAY_BACK = "Only what you brought by card goes back to it. What you win stays here, for promises of yours.";
const WAYS_BACK = { planned: "on its way", pending: "on its way", succeeded: "is back on your card", failed: "did not arrive, and is in your wallet again" };

/** @param {{bring: (amountMinor: number, savesCard: boolean) => Promise<any>, takeOut: (amountMinor: number) => Promise<any>,
 *   saveCard: () => Promise<any>, forgetCard: () => Promise<any>, stateAdult: () => Promise<any>}} does */
export function wallet({ bring, takeOut, saveCard, forgetCard, stateAdult }) {
  const amount = el("strong", { class: "available" }, "–");
  const [held, owed] = [el("dd", {}, "–"), el("dd", {}, "–")];
  const owes = el("div", { class: "owes", hidden: true }, el("dt", {}, "Owed"), owed);
  const body = el("div", { class: "ways" });
  const card = el("section", { class: "card wallet", "aria-label": "Wallet" },
    el("div", { class: "heading" }, el("h3", {}, "Wallet"), el("span", { class: "soft" }, "US dollars")),
    el("div", { class: "balance", role: "status" }, amount,
      el("dl", {}, el("div", {}, el("dt", {}, "Held for promises"), held), owes)), body);
  /** @type {any} The form that is open. */ let asking = null;
  let drawn = "";
  /** @type {number | null} */ let had = null;
  /** @type {any} */ let last = null;

  /** @param {any} form */
  function open(form) {
    asking = form;
    fill(body, form);
  }

  function close() {
    asking = null;
    drawn = "";
    if (last) draw(last);
    body.querySelector("button")?.focus();
  }

  function openBring() {
    const dollarsIn = el("input", { ...DOLLAR_FIELD, name: "amount", min: 1, max: 1000, value: 20 });
    const saves = el("input", { type: "checkbox", name: "save", checked: true });
    open(sheetOf("Bring money", "Pay by card", () => bring(minorOf(dollarsIn), saves.checked), close,
      field("How many dollars?", dollarsIn),
      el("label", { class: "tick" }, saves, "Save this card, to be charged for what I miss")));
  }

  /** @param {number} mostMinor */
  function openTakeOut(mostMinor) {
    const dollarsOut = el("input", { ...DOLLAR_FIELD, name: "amount", min: 0.01, max: mostMinor / 100, value: mostMinor / 100 });
    open(sheetOf("Take money out", "Back to my card", () => takeOut(minorOf(dollarsOut)), close,
      field(`How many dollars? ${dollars(mostMinor)} can go back to where they came from.`, dollarsOut)));
  }

  /** @param {any} shown */
  function ways({ isAdult, hasMoney, summary, payouts }) {
    const wayBack = el("p", { class: "soft" }, WAY_BACK);
    if (!isAdult) {
      return [el("p", { class: "soft" }, "Money on a promise is for adults."),
        hasMoney && wayBack,
        el("div", { class: "actions" }, button("I am of age", stateAdult, "button"))];
    }
    const { card: saved, refundable_minor: most } = summary;
    return [
      el("div", { class: "actions" }, button("Bring money", openBring, "button small"),
        most > 0 && button("Take out", () => openTakeOut(most))),
      wayBack,
      el("div", { class: "saved" },
        saved ? el("span", {}, el("b", {}, nameOf(saved.brand)), ` ends in ${saved.last4}`) : el("span", { class: "soft" }, "No card is saved."),
        saved ? button("Forget it", forgetCard, "plain") : button("Save a card", saveCard, "plain")),
      payouts.length > 0 && el("ul", { class: "payouts" }, ...payouts.flatMap(rowsOf)),
    ];
  }

  /** @param {import("./device.js").Shown} shown */
  function draw(shown) {
    last = shown;
    /** @type {import("./promising.js").Promising} */ const model = shown.model;
    const { money, summary, isAdult } = model;
    card.hidden = !money || !summary;
    if (!money || !summary) return;
    say(amount, dollars(money.available));
    if (had !== null && money.available > had) play(amount, "grew");
    had = money.available;
    say(held, dollars(money.held));
    say(owed, dollars(summary.owed_minor));
    owes.hidden = summary.owed_minor === 0;
    const payouts = [...model.payouts.values()].sort((one, other) => (one.payout_id < other.payout_id ? 1 : -1)).slice(0, PAYOUTS_SHOWN_MAX);
    const hasMoney = money.available > 0;
    const next = JSON.stringify([isAdult, hasMoney, summary, payouts]);
    if (asking || next === drawn) return;
    drawn = next;
    fill(body, ...ways({ isAdult, hasMoney, summary, payouts }));
  }
  return { nodes: [card], draw };
}

/** @param {any} payout */
const rowsOf = (payout) => payout.refunds.map((/** @type {any} */ refund) =>
  el("li", { class: refund.status }, el("span", {}, dollars(refund.amount_minor)), " ", /** @type {any} */ (WAYS_BACK)[refund.status]));

/** @param {string} brand */
const nameOf = (brand) => brand.slice(0, 1).toUpperCase() + brand.slice(1);
