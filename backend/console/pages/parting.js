// @ts-check
/** The question before one signs out while something one did has not been sent. */

import { cover, el, say } from "./element.js";
import { waiting } from "./words.js";

/** @param {{signOut: () => void, stays: () => void}} does */
export function parting({ signOut, stays }) {
  const title = el("h3");
  const stay = el("button", { type: "button", class: "button", onclick: () => hide() }, "Stay");
  const panel = el("div", { class: "parting", role: "alertdialog", "aria-label": "Sign out?", hidden: true,
    onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && hide() },
  el("div", { class: "sheet" }, title,
    el("p", {}, "Signed out, this phone keeps what waits, and sends it when you sign in again here. If you close this tab before, it is lost."),
    el("div", { class: "actions" },
      el("button", { type: "button", class: "button quiet", onclick: signOut }, "Sign out"), stay)));

  function hide() {
    cover(panel, false);
    stays();
  }

  /** @param {import("./device.js").Shown} phone */
  function draw({ waiting: commands }) {
    if (!panel.hidden) say(title, commands.length ? waiting(commands.length) : "All of it has been sent now.");
  }
  return { panel, draw, open() { cover(panel, true); stay.focus(); } };
}
