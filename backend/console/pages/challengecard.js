// @ts-check
/** A challenge on a phone: whose it is, what is on it, each time of it, and what has become of all. */

import { el, face, fill, say } from "./element.js";
import { button, field, sheetOf } from "./folding.js";
import { dayName } from "./moments.js";
import { dollars } from "./money.js";
import { gainerOf, isOpen, rowOf } from "./occurrences.js";
import { counted } from "./words.js";

/** @typedef {import("./promising.js").Challenge} Challenge */

const SETTLED_SHOWN_MAX = 6;
const AHEAD_SHOWN_MAX = 2;
const NOTE_MAX = 1000;

/** @param {string} id @param {{ask: (id: string, wish: any) => Promise<any>}} does */
export function challengeCard(id, { ask }) {
  const [head, list, foot] = [el("div"), el("ol", { class: "times" }), el("p", { class: "soft sum" })];
  const ways = el("div", { class: "reminding" });
  const element = el("section", { class: "card challenge", "data-challenge": id }, head, list, foot, ways);
  /** @type {{key: string, form: any} | null} */ let open = null;
  /** @type {any} */ let last = null;
  let drawn = "";

  function close() {
    open = null;
    drawn = "";
    if (last) draw(last.challenge, last.shown);
  }

  /** @param {string} key @param {string} label @param {string} verb @param {(note: string) => any} wish */
  function write(key, label, verb, wish) {
    const note = el("textarea", { name: "note", rows: 2, maxlength: NOTE_MAX, required: true });
    open = { key, form: sheetOf(label, verb, () => ask(id, wish(note.value.trim())), close, field(label, note)) };
    drawn = "";
    draw(last.challenge, last.shown);
  }

  const does = {
    prove: (/** @type {string} */ key) => write(key, "What did you do?", "I did it", (note) => ({ type: "challenges.prove", key, proof: { note } })),
    dispute: (/** @type {string} */ key) => write(key, "How was it really?", "Dispute it", (note) => ({ type: "challenges.dispute", key, note })),
    rule: (/** @type {string} */ key, /** @type {string} */ outcome) => ask(id, { type: "challenges.rule", key, outcome }),
    excuse: (/** @type {string} */ key) => ask(id, { type: "challenges.excuse", key }),
  };

  /** @param {Challenge} challenge @param {import("./device.js").Shown} shown */
  function draw(challenge, shown) {
    last = { challenge, shown };
    const { model, now } = shown;
    const seen = { model, challenge, now };
    const next = JSON.stringify([challenge, challenge.all.map((one) => [one, isOpen(one, now)]), model.members, [...model.payments.values()]]);
    element.hidden = !challenge.shown;
    if (!challenge.shown || next === drawn) return;
    drawn = next;
    const focused = open?.form.contains(document.activeElement) ? /** @type {any} */ (document.activeElement) : null;
    fill(head, heading(seen), el("p", { class: "stake" }, stakeOf(seen)));
    fill(list, ...picked(challenge, now).map((one) => rowOf(one, seen, does, open?.key === one.key ? open.form : null)));
    say(foot, sumOf(seen));
    const mayRemind = challenge.ownerId === model.userId && !challenge.hasEnded;
    fill(ways, mayRemind && (challenge.isReminded ? el("span", { class: "soft" }, "You are reminded by letter, two hours before.")
      : button("Remind me by letter", () => ask(id, { type: "reminders.set", wishes: [{ before_minutes: 120, channel: "email" }] }), "plain")));
    focused?.focus();
  }
  return { element, draw };
}

/** @param {Challenge} challenge @param {Date} now */
function picked(challenge, now) {
  const { all } = challenge;
  const settled = all.filter(({ status }) => status === "settled");
  const ahead = all.filter((one) => one.status === "scheduled" && !isOpen(one, now));
  return all.filter((one) => !settled.slice(0, -SETTLED_SHOWN_MAX).includes(one) && !ahead.slice(AHEAD_SHOWN_MAX).includes(one));
}

/** @param {import("./occurrences.js").Seen} seen */
function heading({ model, challenge }) {
  const isOwner = challenge.ownerId === model.userId;
  const name = isOwner ? model.name : (model.nameOf(challenge.ownerId) ?? "Somebody");
  const { terms } = /** @type {any} */ (challenge.shown);
  return el("div", { class: "whom" }, face(name, isOwner ? "mine" : "theirs"),
    el("div", {}, el("h3", {}, challenge.title),
      el("span", { class: "soft" }, `${isOwner ? "You promise" : `${name} promises`}: every day until ${dayName(terms.last_day)}`)));
}

/** @param {import("./occurrences.js").Seen} seen */
function stakeOf(seen) {
  const { stake, terms } = /** @type {any} */ (seen.challenge.shown);
  if (!stake) return "No money is on it.";
  const how = stake.mode === "charge" ? "charged for each miss" : "held for each day";
  return `${dollars(terms.amount_minor)} ${how}; what is forfeited goes to ${gainerOf(seen)}.`;
}

/** @param {import("./occurrences.js").Seen} seen */
function sumOf(seen) {
  const settled = seen.challenge.all.filter(({ status }) => status === "settled");
  if (settled.length === 0) return seen.challenge.hasEnded ? "It has ended." : "";
  const missed = settled.filter(({ outcome }) => outcome === "missed");
  const lost = missed.reduce((sum, one) => sum + one.amount_minor, 0);
  const kept = counted(settled.filter(({ outcome }) => outcome === "done").length, "day");
  const said = `${seen.challenge.hasEnded ? "It has ended" : "So far"}: ${kept} kept, ${missed.length} missed`;
  return lost ? `${said}; ${dollars(lost)} to ${gainerOf(seen)}.` : `${said}.`;
}
