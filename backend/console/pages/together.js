// @ts-check
/** The partner, what they do at this moment, and for how many days the two have kept it up. */

import { dayBefore, dayOf } from "./days.js";
import { el, face, fill, play, say, set } from "./element.js";
import { presenceOf } from "./words.js";

/** A streak is over once a whole day was missed. @param {import("./model.js").Model} model @param {Date} now */
function daysOf({ streak, me }, now) {
  if (!streak.last_day || !me) return 0;
  return streak.last_day < dayBefore(dayOf(me, now)) ? 0 : streak.current_days;
}

export function together() {
  const dot = el("span", { class: "dot" });
  const who = el("strong");
  const doing = el("span", { class: "doing", role: "status" });
  const portrait = el("span");
  const days = el("b", {}, "0");
  const unit = el("span");
  const streak = el("div", { class: "streak", role: "group", "aria-label": "Shared streak" }, days, unit);
  const card = el("section", { class: "card together", "aria-label": "Together" },
    portrait, el("div", { class: "who" }, who, doing), streak);
  /** @type {number | null} */
  let shown = null;

  /** @param {import("./device.js").Shown} phone */
  function draw({ model, now }) {
    card.hidden = !model.partner;
    if (!model.partner) return;
    if (who.textContent !== model.partner.name) fill(portrait, face(model.partner.name, "theirs", dot));
    say(who, model.partner.name);
    dot.className = `dot ${model.isOnline ? (model.presence?.status ?? "") : ""}`;
    const words = presenceOf(model);
    const isBusy = model.isOnline && model.presence?.doing === "checking_in";
    if (doing.dataset.words !== words) {
      doing.dataset.words = words;
      fill(doing, words, isBusy && el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")));
    }
    doing.classList.toggle("busy", isBusy);
    const count = daysOf(model, now);
    if (shown !== null && count > shown) play(streak, "grew");
    shown = count;
    say(days, String(count));
    say(unit, "day streak");
    set(streak, { title: `Best so far: ${model.streak.best_days}` });
  }
  return { nodes: [card], draw };
}
