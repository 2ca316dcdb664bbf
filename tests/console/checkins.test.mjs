// Check-ins as two topics tell them, in every order in which that may come.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Model } from "../../backend/console/pages/model.js";

const NOW = new Date("2026-03-02T12:00:00Z");
const MEMBERS = [
  { user_id: "anna", name: "Anna", time_zone: "Europe/Berlin" },
  { user_id: "ben", name: "Ben", time_zone: "Europe/Berlin" },
];

/** Make a version of Anna's check-in as it is, and as both may see it. */
function version(score, amended_at = null, privacy_level = "private") {
  const whole = {
    check_in_id: "1", user_id: "anna", local_day: "2026-03-02", made_at: "2026-03-02T09:00:00Z", amended_at,
    privacy_level, connection_score: score, mood_score: score, relationship_satisfaction: score, gratitude_note: "For me",
  };
  const nothing = { connection_score: null, mood_score: null, relationship_satisfaction: null, gratitude_note: null };
  const told = privacy_level === "open" ? whole : { ...whole, ...nothing };
  return {
    whole,
    submitted: { type: "checkins.submitted", check_in: told },
    amended: { type: "checkins.amended", check_in: told },
    kept: { type: "checkins.kept", check_in: whole },
  };
}

/** Let Anna's phone hear some events, and say what it shows of her day. */
function annas(...events) {
  const model = new Model("Anna");
  model.userId = "anna";
  model.takeOurs({ membership: { relationship_id: "r", status: "active", members: MEMBERS }, check_ins: { recent: [] } });
  for (const event of events) model.follow(event, "1.1", NOW, event.type !== "checkins.kept", false);
  return shown(model);
}

function shown(model) {
  const mine = model.todayOf(model.me, NOW);
  return mine && { score: mine.mood_score, isKnown: model.checkIns.wholeOf(mine) !== null };
}

const first = version(3);
const second = version(8, "2026-03-02T10:00:00Z");
const SECOND = { score: 8, isKnown: true };
const UNKNOWN = { score: null, isKnown: false };

test("whichever topic comes last, one's own is whole", () => {
  assert.deepEqual(annas(first.submitted, second.amended, first.kept, second.kept), SECOND);
  assert.deepEqual(annas(first.kept, second.kept, first.submitted, second.amended), SECOND);
  assert.deepEqual(annas(second.amended, first.kept, second.kept), SECOND);
});

test("another version's values never stand in the place of what has not come", () => {
  assert.deepEqual(annas(first.submitted, second.amended, first.kept), UNKNOWN);
  assert.deepEqual(annas(first.submitted, second.kept), UNKNOWN);
});

test("a phone that was away may have changed it at an earlier moment than another, and later", () => {
  const late = version(5, "2026-03-02T09:30:00Z");
  assert.deepEqual(annas(first.submitted, second.amended, late.amended, second.kept, late.kept), { score: 5, isKnown: true });
});

test("what is open needs no other topic", () => {
  const open = version(6, "2026-03-02T11:00:00Z", "open");
  assert.deepEqual(annas(first.submitted, open.amended, first.kept), { score: 6, isKnown: true });
});

test("what was taken back does not return with what was kept of it", () => {
  const undone = { type: "checkins.undone", check_in_id: "1", user_id: "anna", local_day: "2026-03-02" };
  assert.equal(annas(first.submitted, undone, first.kept), null);
});

test("a snapshot shows one's own whole, and what is older changes nothing in it", () => {
  const model = new Model("Anna");
  model.userId = "anna";
  model.takeOurs({ membership: { relationship_id: "r", status: "active", members: MEMBERS }, check_ins: { recent: [second.whole] } });
  model.follow(first.kept, "1.1", NOW, false, false);
  assert.deepEqual(shown(model), SECOND);
});

test("what the partner keeps to themselves is not awaited", () => {
  const model = new Model("Ben");
  model.userId = "ben";
  model.takeOurs({ membership: { relationship_id: "r", status: "active", members: MEMBERS }, check_ins: { recent: [first.submitted.check_in] } });
  assert.equal(model.checkIns.lacksOf("ben"), false);
  assert.equal(model.todayOf(model.partner, NOW).mood_score, null);
});
