// Promises as their topics tell them, and as they are read over HTTP, in whichever order that comes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { awaitsOwner, Challenge, Promising } from "../../backend/console/pages/promising.js";
import { gainerOf, isOpen, standingOf } from "../../backend/console/pages/occurrences.js";

const DAY_MS = 86_400_000;
const BEGIN = Date.parse("2026-03-02T00:00:00Z");
const at = (days) => new Date(BEGIN + days * DAY_MS).toISOString();
const keyOf = (day) => at(day).slice(0, 10);

/** One day of it. */
const time = (day, status, more = {}) => ({
  event_id: `e${day}`, key: keyOf(day), first_day: keyOf(day), opens_at: at(day), due_at: at(day + 1), amount_minor: 500,
  status, outcome: null, settle_at: null, dispute: null, excuse: null, ...more,
});
const shown = (...occurrences) => ({ challenge_id: "c", owner_id: "anna", title: "Read", status: "running",
  stake: { mode: "prepaid", forfeits_to: "partner", beneficiary_id: "ben" }, followers: [], occurrences });
const challenge = () => new Challenge({ challenge_id: "c", owner_id: "anna", title: "Read", status: "running" });
const standings = (one) => one.all.map(({ key, status }) => [key, status]);

test("what was settled before stands before what is open, and a new schedule takes the place of the old", () => {
  const one = challenge();
  one.take(shown(time(1, "due"), time(2, "scheduled")));
  one.takeListed([time(1, "due", { proof: null }), time(0, "settled", { outcome: "missed", proof: null })]);
  assert.deepEqual(standings(one), [[keyOf(0), "settled"], [keyOf(1), "due"], [keyOf(2), "scheduled"]]);
  one.follow({ type: "challenges.scheduled", from_day: keyOf(2), made_to: keyOf(3), occurrences: [time(3, "scheduled")] });
  assert.deepEqual(standings(one), [[keyOf(0), "settled"], [keyOf(1), "due"], [keyOf(3), "scheduled"]]);
});

test("what was read over HTTP takes nothing back that its topic has told since", () => {
  const one = challenge();
  one.take(shown(time(0, "due")));
  one.follow({ type: "challenges.done", occurrence: time(0, "done", { outcome: "done" }), proof: { note: "Ten pages." } });
  one.takeListed([time(0, "due", { proof: { note: "Ten pages." } })]);
  assert.deepEqual([one.all[0].status, one.all[0].note], ["done", "Ten pages."]);
});

test("a window is open by the time of day, before anybody has looked", () => {
  const [scheduled, missed] = [time(1, "scheduled"), time(1, "missed")];
  assert.deepEqual([0.9, 1, 1.9, 2].map((day) => isOpen(scheduled, new Date(at(day)))), [false, true, true, false]);
  assert.deepEqual(standingOf(scheduled, new Date(at(1.5))), ["open now", "due"]);
  assert.deepEqual(standingOf(missed, new Date(at(2.5))), ["missed", "missed"]);
  assert.deepEqual(standingOf(time(1, "settled", { outcome: "missed" }), new Date(at(9))), ["forfeited", "settled missed"]);
});

test("each is told in their own words who gains by a miss", () => {
  const one = challenge();
  one.take(shown());
  const seenBy = (userId) => {
    const model = new Promising(userId);
    model.userId = userId;
    model.members = [{ user_id: "anna", name: "Anna", time_zone: "UTC" }, { user_id: "ben", name: "Ben", time_zone: "UTC" }];
    return gainerOf({ model, challenge: one, now: new Date() });
  };
  assert.deepEqual(["anna", "ben"].map(seenBy), ["Ben", "you"]);
});

test("a bank that declined because nobody was there to be asked waits for its customer", () => {
  const stands = (status, problem = null) => awaitsOwner({ status, problem });
  assert.deepEqual([stands("action_needed"), stands("declined", "authentication_required"), stands("declined", "insufficient_funds"),
    stands("succeeded", "authentication_required")], [true, true, false, false]);
});
