// @ts-check
/** The top of the screen: the greeting, coins, the bell, and what the connection does. */

import { el, icon, play, say, set } from "./element.js";
import { counted, greeting, lineOf } from "./words.js";

const BADGE_MAX = 99;

/** @param {{openInbox: () => void, signOut: () => void}} does */
export function top({ openInbox, signOut }) {
  const hello = el("span", { class: "hello" });
  const name = el("span");
  const amount = el("span", {}, "–");
  const more = el("span", { class: "more", "aria-hidden": "true" });
  const coins = el("div", { class: "coins", role: "status" }, icon("coin"), amount, el("span", { class: "out-of-sight" }, " coins"), more);
  const badge = el("span", { class: "badge", hidden: true, "aria-hidden": "true" });
  const bell = el("button", { class: "bell", type: "button", onclick: openInbox }, icon("bell"), badge);
  const leaving = el("button", { type: "button", onclick: signOut }, "Sign out");
  const said = el("span");
  const line = el("div", { class: "line", role: "status" }, el("span", { class: "lamp", "aria-hidden": "true" }), said);
  const header = el("header", { class: "top" },
    el("div", { class: "greeting" }, el("strong", {}, hello, name), leaving), coins, bell);
  /** @type {number | null} */
  let shown = null;

  /** @param {import("./device.js").Shown} phone */
  function draw({ model, state, isCut, waiting, now }) {
    say(hello, `${greeting(now)}, `);
    say(name, model.name);
    if (shown !== null && model.coins !== null && model.coins > shown) {
      say(more, `+${model.coins - shown}`);
      play(more, "shown");
    }
    shown = model.coins;
    say(amount, model.coins === null ? "–" : String(model.coins));
    badge.hidden = model.unread === 0;
    say(badge, model.unread > BADGE_MAX ? `${BADGE_MAX}+` : String(model.unread));
    set(bell, { "aria-label": model.unread ? counted(model.unread, "unread notification") : "Notifications" });
    const [kind, words] = lineOf(state, isCut, waiting.length);
    line.className = `line ${kind}`;
    say(said, words);
  }
  return { nodes: [header, line], bell, leaving, draw };
}
