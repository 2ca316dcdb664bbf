// @ts-check
/** The thread between the phones: the numbered events of their topic, and which phone has which. */

import { el, fill } from "./element.js";
import { told } from "./words.js";

/** @typedef {import("./phone.js").Phone} Phone */

const SHOWN_MAX = 9;

/** @param {string} pos */
const numberOf = (pos) => pos.split(".").map(Number).reduce((generation, number) => generation * 1e9 + number);

/** @param {Phone[]} phones */
export function thread(phones) {
  const list = el("ol", { "aria-label": "Events by position" });
  const hint = el("p", { class: "soft" }, "Events appear here as the phones receive them.");
  const box = el("section", { class: "thread", "aria-label": "The thread" },
    el("h2", {}, "One thread, no holes"),
    el("p", { class: "explained" }, "Each event has a position. A dot is filled once that phone has it."),
    el("div", { class: "ends" }, ...phones.map(({ name }) => el("span", {}, name))), list, hint);
  /** @type {Map<string, {text: string, pearls: any[]}>} */
  const rows = new Map();

  for (const [index, phone] of phones.entries()) {
    phone.addEventListener("news", (news) => {
      const { type, event, pos, order } = /** @type {CustomEvent} */ (news).detail;
      if (type === "event") receive(index, told(event, phone.model).text, pos, order);
      if (type === "parted") forget();
    });
  }

  /** @param {number} index @param {string} text @param {string} pos
   * @param {number | null} order Of what came late; null came live. */
  function receive(index, text, pos, order) {
    const known = rows.get(pos);
    const row = known ?? { text: neutral(text, phones[index].name), pearls: phones.map(({ key }) => el("span", { class: `pearl ${key}` })) };
    rows.set(pos, row);
    const pearl = row.pearls[index];
    pearl.classList.add("has");
    if (order !== null) {
      pearl.classList.add("missed");
      pearl.style.setProperty("--order", String(order));
    }
    if (!known) draw();
    else describe();
    hint.hidden = true;
  }

  /** Show nothing of two who have parted. */
  function forget() {
    rows.clear();
    draw();
    hint.hidden = false;
  }

  function draw() {
    const newest = [...rows.keys()].sort((one, other) => numberOf(other) - numberOf(one));
    for (const old of newest.slice(SHOWN_MAX)) rows.delete(old);
    const shown = newest.slice(0, SHOWN_MAX).map((pos) => rows.get(pos)).map((row, index) => {
      const [left, right] = /** @type {any} */ (row).pearls;
      return left.parentNode ?? el("li", { "data-pos": newest[index] }, left,
        el("span", { class: "what" }, el("span", { class: "pos" }, newest[index]), /** @type {any} */ (row).text), right);
    });
    fill(list, ...shown);
    describe();
  }

  function describe() {
    for (const row of list.children) {
      const having = phones.filter((_, index) => rows.get(row.dataset.pos)?.pearls[index].classList.contains("has"));
      row.title = having.length === phones.length ? "Both phones have it" : `Only ${having[0]?.name}’s phone has it`;
    }
  }
  return box;
}

/** Say "You" with a name, for here nobody is you. @param {string} text @param {string} name */
function neutral(text, name) {
  return text.replace(/^You feel /, `${name} feels `).replace(/^You /, `${name} `);
}
