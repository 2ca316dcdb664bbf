// @ts-check
/** The inbox: notifications, which are unread, and a touch that reads them all. */

import { cover, el, fill } from "./element.js";
import { when } from "./words.js";

/** @param {{readAll: () => void, closed: () => void}} does */
export function inbox({ readAll, closed }) {
  const list = el("ul");
  const read = el("button", { type: "button", class: "button quiet small", onclick: readAll }, "Read all");
  const close = el("button", { type: "button", class: "button small", onclick: () => hide() }, "Close");
  const panel = el("div", { class: "inbox", role: "dialog", "aria-label": "Notifications", hidden: true,
    onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && hide() },
  el("header", {}, el("h3", {}, "Notifications"), el("div", {}, read, " ", close)), list);

  function hide() {
    cover(panel, false);
    closed();
  }

  /** @param {import("./device.js").Shown} phone */
  function draw({ model, now }) {
    read.hidden = model.unread === 0;
    fill(list, ...model.notifications.map((one, index) => el("li", { class: index < model.unread ? "unread" : "" },
      el("strong", {}, one.title), one.message && el("p", {}, one.message),
      el("span", { class: "soft" }, when(one.created_at, now)))),
    model.notifications.length === 0 && el("li", { class: "nothing" },
      model.unread ? `${model.unread} earlier ones are unread.` : "Nothing here yet."));
  }
  return { panel, draw, open() { cover(panel, true); close.focus(); } };
}
