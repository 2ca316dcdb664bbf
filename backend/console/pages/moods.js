// @ts-check
/** Moods: one touch says how one is, the partner sees it, and another touch takes it back. */

import { el, fill } from "./element.js";
import { MOODS, when } from "./words.js";

const SHOWN_MAX = 3;

/** @param {{log: (mood: string, score: number) => Promise<void>, takeBack: (id: string) => void}} does */
export function moods({ log, takeBack }) {
  const buttons = MOODS.map(([mood, score]) => {
    const button = el("button", { type: "button", onclick: async () => {
      button.dataset.waits = "";
      await log(String(mood), Number(score));
      delete button.dataset.waits;
    } }, mood);
    return button;
  });
  const list = el("ol", { class: "latest" });
  const card = el("section", { class: "card", "aria-label": "Moods" },
    el("div", { class: "heading" }, el("h3", {}, "I feel …")), el("div", { class: "moods" }, ...buttons), list);
  let drawn = "";

  /** @param {import("./device.js").Shown} phone */
  function draw({ model, now }) {
    card.hidden = !model.isTold;
    for (const button of buttons) button.disabled = model.standing === "paused";
    const latest = model.moods.slice(0, SHOWN_MAX);
    const next = JSON.stringify(latest);
    if (next === drawn) return;
    drawn = next;
    fill(list, ...latest.map((mood) => rowOf(mood, model, now)));
  }

  /** @param {import("./model.js").Mood} mood @param {import("./model.js").Model} model
   * @param {Date} now */
  function rowOf({ mood_log_id, user_id, mood, mood_score, made_at }, model, now) {
    const isMine = user_id === model.userId;
    return el("li", {},
      el("span", { class: `whose ${isMine ? "" : "theirs"}`, "aria-hidden": "true" }),
      el("span", {}, `${isMine ? "You felt" : `${model.nameOf(user_id) ?? "Somebody"} felt`} ${mood}, ${mood_score} of 10`),
      el("time", { class: "soft", datetime: made_at }, when(made_at, now)),
      isMine && el("button", { type: "button", "aria-label": `Take ${mood} back`, onclick: () => takeBack(mood_log_id) }, "×"));
  }
  return { nodes: [card], draw };
}
