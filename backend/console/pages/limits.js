// @ts-check
/** The limits one sets oneself: tighter ones hold at once, looser ones after a week. */

import { el, fill } from "./element.js";
import { button, field, sheetOf } from "./folding.js";
import { DOLLAR_FIELD, dollars, minorOf } from "./money.js";
import { dayAndHour } from "./moments.js";

/** @type {[string, string][]} */
const FIELDS = [["each_minor", "Each time"], ["challenge_minor", "For one promise"], ["open_minor", "For all promises together"]];

/** @param {{set: (limits: any) => Promise<any>}} does */
export function limits({ set }) {
  const body = el("div");
  const card = el("section", { class: "card limits", "aria-label": "Limits" }, body);
  let [drawn, isAsking] = ["", false];
  /** @type {any} */ let last = null;

  function close() {
    isAsking = false;
    drawn = "";
    if (last) draw(last);
    body.querySelector("button")?.focus();
  }

  /** @param {any} now */
  function open(now) {
    isAsking = true;
    const inputs = FIELDS.map(([name]) => el("input", { ...DOLLAR_FIELD, required: false, name, min: 0, value: now?.[name] == null ? null : now[name] / 100 }));
    const send = () => set({ usd: Object.fromEntries(FIELDS.map(([name], place) => [name, inputs[place].value ? minorOf(inputs[place]) : null])) });
    fill(body, sheetOf("Limits", "Hold me to it", send, close,
      el("p", { class: "soft" }, "In dollars; what is left empty has no limit."),
      ...FIELDS.map(([, label], place) => field(label, inputs[place]))));
  }

  /** @param {import("./device.js").Shown} shown */
  function draw(shown) {
    last = shown;
    const { protection, isAdult, zone } = shown.model;
    card.hidden = !isAdult;
    const next = JSON.stringify(protection);
    if (isAsking || next === drawn) return;
    drawn = next;
    const now = protection.limits?.usd;
    const said = FIELDS.filter(([name]) => now?.[name] != null).map(([name, label]) => `${label.toLowerCase()} ${dollars(now[name])}`);
    fill(body, el("div", { class: "heading" }, el("h3", {}, "My limits"), button(said.length ? "Change" : "Set limits", () => open(now), "plain")),
      el("p", { class: "soft" }, said.length ? `At most ${said.join(", ")}.` : "None: you may put on a promise what you have."),
      protection.next_from && el("p", { class: "soft" }, `Looser ones hold from ${dayAndHour(protection.next_from, zone)} on.`));
  }
  return { nodes: [card], draw };
}
