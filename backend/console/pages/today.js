// @ts-check
/** Today: one's own check-in and the partner's, and the form while one fills it in. */

import { checkInForm } from "./checkin.js";
import { el, face, fill } from "./element.js";
import { hour, SCORES } from "./words.js";

/** @typedef {import("./model.js").CheckIn} CheckIn */

const PAUSED = "Not while it is paused.";

/** @param {{submit: (answers: any) => void, amend: (checkIn: CheckIn, answers: any) => void,
 *   undo: (checkIn: CheckIn) => void, begins: (isChecking: boolean) => void}} does */
export function today({ submit, amend, undo, begins }) {
  const body = el("div");
  const card = el("section", { class: "card", "aria-label": "Today" }, el("div", { class: "heading" }, el("h3", {}, "Today")), body);
  /** @type {ReturnType<typeof checkInForm> | null} While one fills it in. */
  let asking = null;
  let drawn = "";
  /** @type {import("./device.js").Shown | null} */
  let last = null;
  /** @type {Set<string>} */
  const seen = new Set();

  /** @param {CheckIn | null} before */
  function ask(before) {
    begins(true);
    asking = checkInForm(before, (answers) => {
      end();
      if (before) amend(before, answers);
      else submit(answers);
    }, end);
    fill(body, asking.form);
    asking.first.focus();
  }

  function end() {
    asking = null;
    drawn = "";
    begins(false);
    if (last) draw(last);
    body.querySelector(".button")?.focus();
  }

  /** @param {import("./device.js").Shown} shown */
  function draw(shown) {
    last = shown;
    const { model, now, waiting } = shown;
    card.hidden = !model.isTold;
    const isPaused = model.standing === "paused";
    if (asking && !model.isTold) return end(); // There is nobody to tell it any more.
    asking?.hold(isPaused ? PAUSED : "");
    if (asking) return;
    const [mine, theirs] = [model.todayOf(model.me, now), model.todayOf(model.partner, now)];
    const sending = waiting.map(({ do: wish }) => wish.type).filter((type) => type.startsWith("checkins."));
    const isKnown = mine !== null && model.checkIns.wholeOf(mine) !== null;
    const next = JSON.stringify([mine, theirs, isKnown, isPaused, sending, model.partner?.name]);
    if (next === drawn) return; // What has focus keeps it.
    drawn = next;
    const isReturning = body.contains(document.activeElement);
    fill(body,
      el("div", { class: "pair" },
        tile(model.name, "mine", mine, sending.length ? "Waits to be sent …" : "You have not checked in yet", seen),
        mine && !isKnown && el("p", { class: "soft" }, "What you wrote is on its way to this phone."),
        model.partner && tile(model.partner.name, "theirs", theirs, `${model.partner.name} has not checked in yet`, seen)),
      mine && theirs && el("p", { class: "both" }, "Both of you checked in today."),
      actions(mine, isKnown, isPaused, sending.length > 0));
    if (isReturning) body.querySelector(".button")?.focus();
  }

  /** @param {CheckIn | null} mine @param {boolean} isKnown @param {boolean} disabled @param {boolean} isSending */
  function actions(mine, isKnown, disabled, isSending) {
    if (isSending) return null;
    const button = (/** @type {string} */ name, /** @type {() => void} */ onclick, kind = "button quiet small") =>
      el("button", { type: "button", class: kind, disabled, onclick }, name);
    return el("div", { class: "actions" },
      !mine && button("Check in", () => ask(null), "button"),
      mine && isKnown && button("Change", () => ask(mine)),
      mine && button("Undo", () => undo(mine)),
      disabled && el("p", { class: "soft" }, PAUSED));
  }
  return { nodes: [card], draw };
}

/** @param {string} name @param {string} whose @param {CheckIn | null} checkIn @param {string} otherwise
 * @param {Set<string>} seen */
function tile(name, whose, checkIn, otherwise, seen) {
  const portrait = face(name, whose);
  if (!checkIn) return el("div", { class: `checkin empty ${whose}` }, portrait, el("p", { class: "soft" }, otherwise));
  const version = `${checkIn.check_in_id} ${checkIn.amended_at}`;
  const isFresh = !seen.has(version);
  seen.add(version);
  const scores = SCORES.map(([field, label]) => [label, /** @type {any} */ (checkIn)[field]]).filter(([, score]) => score !== null);
  return el("div", { class: `checkin done ${whose} ${isFresh ? "fresh" : ""}` }, portrait,
    el("strong", {}, `${whose === "mine" ? "You" : name} at ${hour(checkIn.made_at)}${checkIn.amended_at ? ", changed" : ""}`),
    el("dl", { class: "scores" }, ...scores.map(([label, score]) => el("div", {}, el("dt", {}, label), el("dd", {}, score)))),
    checkIn.gratitude_note && el("blockquote", {}, checkIn.gratitude_note));
}
