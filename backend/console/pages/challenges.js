// @ts-check
/** The challenges one has or follows, those that go on first. */

import { challengeCard } from "./challengecard.js";
import { el, fill } from "./element.js";

/** @param {{ask: (id: string, wish: any) => Promise<any>}} does */
export function challenges(does) {
  const box = el("div", { class: "challenges" });
  /** @type {Map<string, ReturnType<typeof challengeCard>>} */
  const cards = new Map();

  /** @param {import("./device.js").Shown} shown */
  function draw(shown) {
    /** @type {import("./promising.js").Challenge[]} */ const all = shown.model.latest;
    for (const { id } of all) if (!cards.has(id)) cards.set(id, challengeCard(id, does));
    const elements = all.map(({ id }) => cards.get(id)?.element);
    if (elements.length !== box.children.length || elements.some((one, place) => one !== box.children[place])) fill(box, ...elements);
    for (const challenge of all) cards.get(challenge.id)?.draw(challenge, shown);
  }
  return { nodes: [box], draw };
}
