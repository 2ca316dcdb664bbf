// @ts-check
/** What one missed: shown when the connection is back, in the order in which it happened. */

import { el, fill, say } from "./element.js";
import { counted } from "./words.js";

/** @param {() => void} seen */
export function catchUp(seen) {
  const title = el("h3");
  const list = el("ol", { class: "missed" });
  const card = el("section", { class: "card catch-up", role: "status", hidden: true },
    el("div", { class: "heading" }, title,
      el("button", { type: "button", class: "button quiet small", onclick: seen }, "Seen")), list);
  let drawn = "";

  /** @param {import("./device.js").Shown} phone */
  function draw({ model }) {
    const next = model.late.map(({ pos }) => pos).join();
    if (next === drawn) return;
    const isSame = drawn !== "" && next.startsWith(drawn);
    drawn = next;
    card.hidden = model.late.length === 0;
    say(title, `While you were away: ${counted(model.late.length, "event")}`);
    const known = isSame ? list.children.length : 0;
    const rows = model.late.slice(known).map(({ pos, text }, index) => {
      const row = el("li", { "data-pos": pos }, el("span", { class: "pos" }, pos), el("span", {}, text));
      row.style.setProperty("--order", String(index));
      return row;
    });
    fill(list, ...[...list.children].slice(0, known), ...rows);
  }
  return { nodes: [card], draw };
}
