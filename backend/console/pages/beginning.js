// @ts-check
/** Beginning a challenge: something of the catalogue, for so many days, with money on it or without. */

import { dayOf } from "./days.js";
import { el, fill, say } from "./element.js";
import { button, choice, field, sheetOf } from "./folding.js";
import { DOLLAR_FIELD, dollars, minorOf } from "./money.js";

const DAY_MS = 86_400_000;
const DAYS_USUAL = 3;

/** @param {{start: (wish: any) => Promise<any>}} does */
export function beginning({ start }) {
  const body = el("div");
  const card = el("section", { class: "card beginning", "aria-label": "Begin a challenge" }, body);
  let [isAsking, drawn] = [false, ""];
  /** @type {any} */ let last = null;

  function close() {
    isAsking = false;
    drawn = "";
    if (last) draw(last);
    body.querySelector("button")?.focus();
  }

  function open() {
    isAsking = true;
    /** @type {import("./promising.js").Promising} */ const model = last.model;
    const partner = model.partner?.name ?? "your partner";
    const template = choice("template", model.templates.map(({ slug, name }) => [slug, name]), () => choose());
    const chosen = () => model.templates.find(({ slug }) => slug === template.value);
    const [about, own] = [el("p", { class: "soft" }), el("div")];
    const days = el("input", { type: "number", name: "days", min: 1, max: 60, value: DAYS_USUAL, required: true, oninput: () => add() });
    const amount = el("input", { ...DOLLAR_FIELD, name: "amount", min: 0, max: 50, value: 5, oninput: () => add() });
    const mode = choice("mode", [["prepaid", "Held from my wallet now"], ["charge", "My card is charged for a miss"]], () => add());
    const goesTo = choice("forfeits_to", [["partner", `${partner} gets it`], ["charity", `Charity gets it; ${partner} rules`]]);
    const sum = el("p", { class: "soft", role: "status" });
    /** @type {[string, any][]} */ let settings = [];

    function choose() {
      const { instructions, settings_schema } = chosen();
      say(about, instructions);
      settings = Object.entries(/** @type {any} */ (settings_schema).properties ?? {}).map(([name, said]) => [name,
        el("input", { type: "number", name, min: said.minimum, max: said.maximum, value: said.default, required: true })]);
      fill(own, ...settings.map(([name, input]) => field(/** @type {any} */ (settings_schema).properties[name].title ?? name, input)));
    }

    function add() {
      const all = minorOf(amount) * days.valueAsNumber;
      const how = mode.value === "prepaid" ? "are held until it is settled" : "can be charged to your card";
      say(sum, all > 0 ? `${dollars(all)} in all ${how}.` : "Nothing is put on it.");
    }

    async function send() {
      const today = dayOf(/** @type {any} */ (model.me), last.now);
      const lastDay = new Date(Date.parse(today) + (days.valueAsNumber - 1) * DAY_MS).toISOString().slice(0, 10);
      const { slug, version, name } = chosen();
      return start({
        template_slug: slug, template_version: version, title: name,
        settings: Object.fromEntries(settings.map(([key, input]) => [key, input.valueAsNumber])),
        schedule: { type: "daily" }, first_day: today, last_day: lastDay, proof: "note",
        stake: minorOf(amount) > 0 ? { mode: mode.value, asset: "usd", amount_minor: minorOf(amount), forfeits_to: goesTo.value } : null,
        relationship_id: model.relationshipId, partner_id: model.partner?.user_id,
      });
    }

    choose();
    add();
    fill(body, sheetOf("Begin a challenge", "I promise", send, close, field("What?", template), about, own,
      el("div", { class: "two" }, field("Every day, for days", days), field("Dollars each time", amount)),
      field("How is it paid?", mode), field("Who gets what I forfeit?", goesTo), sum));
  }

  /** @param {import("./device.js").Shown} shown */
  function draw(shown) {
    last = shown;
    const { templates, mine, partner } = shown.model;
    card.hidden = templates.length === 0 || !partner;
    const isFirst = !mine.some((/** @type {any} */ one) => !one.hasEnded);
    const next = String(isFirst);
    if (isAsking || next === drawn) return;
    drawn = next;
    fill(body, isFirst && el("p", { class: "soft" }, "Promise something, and put money on it. It is yours again for every day you keep."),
      el("div", { class: "actions" }, button("Begin a challenge", open, isFirst ? "button" : "button quiet small")));
  }
  return { nodes: [card], draw };
}
