// @ts-check
/** Forms that stand folded in behind a button, and their parts. */

import { el } from "./element.js";
import { afterPress } from "./press.js";

/** A field with its label. @param {string} label @param {any} input */
export const field = (label, input) => el("label", { class: "field" }, label, input);

/** A choice of one of several. @param {string} name @param {[string, string][]} choices @param {() => void} [changed] */
export const choice = (name, choices, changed = () => {}) =>
  el("select", { name, onchange: changed }, ...choices.map(([value, text]) => el("option", { value }, text)));

/** A button that does something. @param {string} text @param {() => any} onclick @param {string} [kind] */
export const button = (text, onclick, kind = "button quiet small") => el("button", { type: "button", class: kind, onclick }, text);

/** A form that is shown in the place of what opened it, until it is sent or left.
 * @param {string} label @param {string} verb @param {(form: HTMLFormElement) => Promise<any>} send Gives null where it was refused.
 * @param {() => void} close @param {...any} fields */
export function sheetOf(label, verb, send, close, ...fields) {
  const done = el("button", { type: "submit", class: "button small" }, verb);
  /** Close what was sent, unless it was left before the answer came; what is gone on with elsewhere keeps the focus. */
  function leave() {
    if (!form.isConnected) return;
    const { activeElement } = document;
    close();
    if (activeElement instanceof HTMLElement && activeElement !== document.body) activeElement.focus();
  }

  const form = el("form", { class: "asking", "aria-label": label,
    onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && close(),
    onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      done.disabled = true;
      if ((await send(form)) !== null) afterPress(form.closest(".screen") ?? form, leave);
      done.disabled = false;
    } }, ...fields, el("div", { class: "actions" }, button("Not now", close), done));
  queueMicrotask(() => form.querySelector("input, select, textarea")?.focus());
  return form;
}
