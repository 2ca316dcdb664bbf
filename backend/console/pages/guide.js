// @ts-check
/** What to try on a page; each step ticks itself off. */

import { el } from "./element.js";

/** @typedef {import("./device.js").Device} Device */
/** @typedef {{text: string, isDone: () => boolean}} Step */

/** @param {Device[]} phones @param {Step[]} wanted @param {() => void} [look] What is looked at with each piece of news. */
export function guide(phones, wanted, look = () => {}) {
  const steps = wanted.map((step) => ({ ...step, item: el("li", {}, el("span", {}, step.text)) }));

  function tick() {
    look();
    for (const { item, isDone } of steps) if (isDone()) item.classList.add("done");
    const next = steps.find(({ item }) => !item.classList.contains("done"));
    for (const { item } of steps) item.classList.toggle("next", item === next?.item);
  }
  for (const phone of phones) phone.addEventListener("news", () => queueMicrotask(tick));
  tick();
  return el("section", { class: "guide", "aria-label": "What to try" }, el("h2", {}, "Try this"), el("ol", {}, ...steps.map(({ item }) => item)));
}

/** What to try with check-ins. @param {import("./phone.js").Phone[]} phones */
export function checkInGuide(phones) {
  const [, second] = phones;
  const [anna, ben] = phones.map(({ name }) => name);
  let missedWhileCut = false;
  return guide(phones, [
    { text: "Sign in on both phones.", isDone: () => phones.every(({ model }) => model.isOnline) },
    { text: `Touch “Check in” as ${anna}, and look at ${ben}’s phone.`, isDone: () => second.model.presence?.doing === "checking_in" },
    { text: `Check in: ${ben} sees it at once, and ${anna} has earned coins.`, isDone: () => second.model.story.some((/** @type {any} */ { text }) => text === `${anna} checked in`) },
    { text: `Switch ${ben}’s signal off. Then let ${anna} feel something.`, isDone: () => missedWhileCut },
    { text: `Switch it on again: what ${ben} missed arrives, in order.`, isDone: () => second.model.story.some((/** @type {any} */ { isLate }) => isLate) },
  ], () => {
    const first = phones[0].model.story[0];
    if (second.isCut && first && !second.model.story.some((/** @type {any} */ { pos }) => pos === first.pos)) missedWhileCut = true;
  });
}

/** What to try with promises. @param {import("./promisephone.js").PromisePhone[]} phones */
export function promiseGuide(phones) {
  const [first, second] = phones;
  const [anna, ben] = phones.map(({ name }) => name);
  const heard = new Set();
  for (const phone of phones) {
    phone.addEventListener("news", (news) => {
      const { type, event } = /** @type {CustomEvent} */ (news).detail;
      if (type === "event" && phone === second) heard.add(`${event.type} ${event.occurrence?.outcome ?? ""}`.trim());
    });
  }
  return guide(phones, [
    { text: "Sign in on both phones.", isDone: () => phones.every(({ model }) => model.isOnline) },
    { text: `Say as ${anna} that you are of age, and bring some money.`, isDone: () => (first.model.money?.available ?? 0) + (first.model.money?.held ?? 0) > 0 },
    { text: `Begin a challenge as ${anna}; ${ben} sees it.`, isDone: () => second.model.followed.length > 0 },
    { text: "Touch “I did it”, and say how.", isDone: () => heard.has("challenges.done done") },
    { text: "Move the clock by a day, and do nothing: it is missed.", isDone: () => heard.has("challenges.missed missed") },
    { text: `Go on by three days: it is settled, and ${ben} has it.`, isDone: () => heard.has("challenges.settled missed") },
  ]);
}
