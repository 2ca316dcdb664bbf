// @ts-check
/** The screen before one has signed in. */

import { el, face, say } from "./element.js";

/** @param {{name: string, email: string, password: string}} person Offered, and may be overwritten.
 * @param {(email: string, password: string) => Promise<void>} signIn Throws why not. */
export function signing(person, signIn) {
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const field = (/** @type {string} */ label, /** @type {string} */ type, /** @type {string} */ value) => {
    const input = el("input", { type, value, required: true, autocomplete: "off", spellcheck: "false" });
    return { input, field: el("label", { class: "field" }, label, input) };
  };
  const [email, password] = [field("E-mail", "email", person.email), field("Password", "password", person.password)];
  const button = el("button", { class: "button", type: "submit" }, "Sign in");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    button.disabled = true;
    problem.hidden = true;
    try {
      await signIn(email.input.value, password.input.value);
    } catch (/** @type {any} */ why) {
      say(problem, why.message);
      problem.hidden = false;
    }
    button.disabled = false;
  };
  return el("form", { class: "signing", onsubmit: submit, "aria-label": `Sign in as ${person.name}` },
    face(person.name), el("h3", {}, `Hello, ${person.name}`),
    el("p", { class: "why" }, "The demo has filled this in for you."),
    email.field, password.field, problem, button);
}
