// @ts-check
/** The form of a check-in: three scores and a note. */

import { el, say } from "./element.js";
import { SCORES } from "./words.js";

const NOTE_MAX = 500;
const QUESTIONS = { connection_score: "How close do you feel?", mood_score: "How are you?", relationship_satisfaction: "How are the two of you?" };
const DEFAULT_SCORE = 7;

/** @param {import("./model.js").CheckIn | null} before What is to be changed, if anything is.
 * @param {(answers: any) => void} send @param {() => void} cancel */
export function checkInForm(before, send, cancel) {
  /** @type {Record<string, any>} */
  const inputs = {};
  const scores = SCORES.map(([name]) => {
    const value = /** @type {any} */ (before)?.[name] ?? DEFAULT_SCORE;
    const output = el("output", {}, value);
    inputs[name] = el("input", { type: "range", name, min: 1, max: 10, step: 1, value,
      oninput: () => (output.textContent = inputs[name].value) });
    return el("label", { class: "score" }, QUESTIONS[/** @type {keyof typeof QUESTIONS} */ (name)], output, inputs[name]);
  });
  const note = el("textarea", { name: "gratitude_note", maxlength: NOTE_MAX, rows: 2 }, before?.gratitude_note ?? "");
  const why = el("p", { class: "soft", role: "status", hidden: true });
  const done = el("button", { type: "submit", class: "button" }, before ? "Save" : "Check in");
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const answers = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, Number(input.value)]));
    send({ ...answers, gratitude_note: note.value.trim() || null });
  };
  const escape = (/** @type {KeyboardEvent} */ event) => void (event.key === "Escape" && cancel());
  const form = el("form", { class: "asking", onsubmit: submit, onkeydown: escape, "aria-label": before ? "Change your check-in" : "Check in" },
    ...scores,
    el("label", { class: "field" }, "What are you grateful for?", note),
    el("div", { class: "actions" },
      el("button", { type: "button", class: "button quiet", onclick: cancel }, "Not now"),
      done), why);

  /** Say why it cannot be sent at the moment; what is filled in stays. @param {string} reason Empty if it can. */
  function hold(reason) {
    say(why, reason);
    why.hidden = !reason;
    done.disabled = Boolean(reason);
  }
  return { form, first: inputs[SCORES[0][0]], hold };
}
