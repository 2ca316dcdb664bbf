// @ts-check
/** What is said to everybody: a banner with the newest announcement, until one has read it. */

import { el, say } from "./element.js";

/** @param {string} key Under which this tab keeps what was dismissed, over reloads. */
export function announcement(key) {
  const words = el("p");
  const banner = el("aside", { class: "announcement", role: "status", "aria-label": "Announcement", hidden: true }, words,
    el("button", { type: "button", "aria-label": "Dismiss announcement", onclick: dismiss }, "×"));
  /** @type {import("./model.js").Announcement | null} */
  let newest = null;

  function dismiss() {
    if (newest) sessionStorage.setItem(key, newest.announcement_id);
    banner.hidden = true;
  }

  /** @param {import("./device.js").Shown} phone */
  function draw({ model }) {
    newest = model.announcement;
    banner.hidden = newest === null || sessionStorage.getItem(key) === newest.announcement_id;
    if (!banner.hidden) say(words, newest?.message ?? "");
  }
  return { nodes: [banner], draw };
}
