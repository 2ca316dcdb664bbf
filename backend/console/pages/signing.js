// @ts-check
/** The screen before one has signed in. */

import { request } from "./asking.js";
import { el, face, say } from "./element.js";

/** @param {{name: string, email: string, password: string}} person Offered, and may be overwritten.
 * @param {(email: string, password: string) => Promise<void>} signIn Throws why not.
 * @param {boolean} offersLink Whether one may have a link sent instead. */
export function signing(person, signIn, offersLink) {
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const sent = el("p", { class: "why", role: "status", hidden: true });
  const field = (/** @type {string} */ label, /** @type {string} */ type, /** @type {string} */ value) => {
    const input = el("input", { type, value, required: true, autocomplete: "off", spellcheck: "false" });
    return { input, field: el("label", { class: "field" }, label, input) };
  };
  const [email, password] = [field("E-mail", "email", person.email), field("Password", "password", person.password)];
  const button = el("button", { class: "button", type: "submit" }, "Sign in");
  const trying = async (/** @type {any} */ pressed, /** @type {() => Promise<void>} */ act) => {
    pressed.disabled = true;
    problem.hidden = sent.hidden = true;
    try {
      await act();
    } catch (/** @type {any} */ why) {
      say(problem, why.message);
      problem.hidden = false;
    }
    pressed.disabled = false;
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    return trying(button, () => signIn(email.input.value, password.input.value));
  };
  const link = el("button", { class: "button quiet", type: "button", onclick: () => trying(link, async () => {
    const here = location.origin + location.pathname;
    await request("/v1/auth/link", { method: "POST", body: { email: email.input.value, return_to: here } });
    say(sent, "A letter is on its way; it comes into the mailbox on this page.");
    sent.hidden = false;
  }) }, "Send me a link instead");
  return el("form", { class: "signing", onsubmit: submit, "aria-label": `Sign in as ${person.name}` },
    face(person.name), el("h3", {}, `Hello, ${person.name}`),
    el("p", { class: "why" }, "The demo has filled this in for you."),
    email.field, password.field, problem, button, offersLink && link, offersLink && sent);
}
