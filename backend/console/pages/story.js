// @ts-check
/** The story: what happened between the two, newest on top, each event with its position. */

import { el, fill } from "./element.js";
import { hour } from "./words.js";

export function story() {
  const list = el("ol", { class: "story", "aria-live": "polite", "aria-relevant": "additions" });
  const empty = el("p", { class: "soft" }, "What the two of you do from now on appears here.");
  const card = el("section", { class: "card", "aria-label": "Story" },
    el("div", { class: "heading" }, el("h3", {}, "Our story"), el("span", { class: "soft" }, "position")), list, empty);
  /** @type {import("./model.js").Told | undefined} */
  let newest;

  /** @param {import("./device.js").Shown} phone */
  function draw({ model }) {
    card.hidden = !model.partner;
    empty.hidden = model.story.length > 0;
    if (newest === model.story[0]) return;
    newest = model.story[0];
    const known = new Map([...list.children].map((row) => [row.dataset.pos, row]));
    fill(list, ...model.story.map((one) => known.get(one.pos) ?? rowOf(one, model.userId)));
  }
  return { nodes: [card], draw };
}

/** @param {import("./model.js").Told} one @param {string | null} userId */
function rowOf({ pos, at, text, by, isLate }, userId) {
  return el("li", { class: isLate ? "late" : "", "data-pos": pos },
    el("span", { class: `whose ${by === userId ? "" : by ? "theirs" : "ours"}`, "aria-hidden": "true" }),
    el("p", {}, text, el("time", { datetime: at.toISOString() }, hour(at))),
    el("span", { class: "pos", title: "generation.number" }, pos));
}
