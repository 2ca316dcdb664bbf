// @ts-check
/** The mailbox of the demo: letters that were sent, whose links can be followed. */

import { request } from "./asking.js";
import { el, fill, play } from "./element.js";

const LOOK_EVERY_MS = 2_000;
const SHOWN_MAX = 6;
const LINK = /(https?:\/\/\S+)/;

export function mailbox() {
  const list = el("ul", { class: "letters" });
  const empty = el("p", { class: "soft" }, "Links to sign in by and reminders come here; nothing leaves this machine.");
  const box = el("section", { class: "card mailbox", "aria-label": "Mailbox" }, el("h2", {}, "Mailbox"), empty, list);
  let newest = "";

  async function look() {
    if (document.hidden) return;
    const { letters } = await request("/v1/demo/mailbox").catch(() => ({ letters: [] }));
    const next = letters[0]?.id ?? "";
    if (next === newest) return;
    const isNew = newest !== "" || list.children.length > 0;
    newest = next;
    empty.hidden = letters.length > 0;
    const opened = new Set([...list.querySelectorAll("details[open]")].map(({ dataset }) => dataset.letter));
    fill(list, ...letters.slice(0, SHOWN_MAX).map((/** @type {any} */ letter) => letterOf(letter, opened.has(letter.id))));
    if (isNew && list.firstElementChild) play(list.firstElementChild, "fresh");
  }

  setInterval(look, LOOK_EVERY_MS);
  look();
  return box;
}

/** @param {{id: string, to: string, subject: string, text: string}} letter @param {boolean} isOpen */
function letterOf({ id, to, subject, text }, isOpen) {
  const parts = text.split(LINK).map((part, place) => (place % 2 ? el("a", { href: part }, "Follow this link") : part));
  return el("li", {}, el("details", { "data-letter": id, open: isOpen },
    el("summary", {}, el("strong", {}, subject), el("span", { class: "soft" }, `to ${to.replace(/^.*<|>$/g, "")}`)),
    el("p", { class: "text" }, ...parts)));
}
