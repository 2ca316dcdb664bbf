// @ts-check
/** What to try on this page; each step ticks itself off. */

import { el } from "./element.js";

/** @typedef {import("./phone.js").Phone} Phone */

/** @param {Phone[]} phones */
export function guide(phones) {
  const [, second] = phones;
  const [anna, ben] = phones.map(({ name }) => name);
  let missedWhileCut = false;
  const steps = [
    { text: "Sign in on both phones.", isDone: () => phones.every(({ model }) => model.isOnline) },
    { text: `Touch “Check in” as ${anna}, and look at ${ben}’s phone.`, isDone: () => second.model.presence?.doing === "checking_in" },
    { text: `Check in: ${ben} sees it at once, and ${anna} has earned coins.`, isDone: () => second.model.story.some(({ text }) => text === `${anna} checked in`) },
    { text: `Switch ${ben}’s signal off. Then let ${anna} feel something.`, isDone: () => missedWhileCut },
    { text: `Switch it on again: what ${ben} missed arrives, in order.`, isDone: () => second.model.story.some(({ isLate }) => isLate) },
  ].map((step) => ({ ...step, item: el("li", {}, el("span", {}, step.text)) }));

  function look() {
    const first = phones[0].model.story[0];
    if (second.isCut && first && !second.model.story.some(({ pos }) => pos === first.pos)) missedWhileCut = true;
    for (const { item, isDone } of steps) if (isDone()) item.classList.add("done");
    const next = steps.find(({ item }) => !item.classList.contains("done"));
    for (const { item } of steps) item.classList.toggle("next", item === next?.item);
  }
  for (const phone of phones) phone.addEventListener("news", () => queueMicrotask(look));
  look();
  return el("section", { class: "guide", "aria-label": "What to try" }, el("h2", {}, "Try this"), el("ol", {}, ...steps.map(({ item }) => item)));
}
