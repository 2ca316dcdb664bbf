// How it stands between the two, as one's own topic and the topic of the two tell it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Model } from "../../backend/console/pages/model.js";

const AT = new Date("2026-03-02T12:00:00Z");
const MEMBERS = [
  { user_id: "anna", name: "Anna", time_zone: "Europe/Berlin" },
  { user_id: "ben", name: "Ben", time_zone: "Europe/Berlin" },
];
const relationship = (status, relationship_id = "r") => ({ relationship_id, status, members: MEMBERS });
const own = (...relationships) => ({ relationships: { relationships } });

function annas() {
  const model = new Model("Anna");
  model.userId = "anna";
  return model;
}

function hears(model, event) {
  model.follow(event, "1.1", AT, true, false);
}

test("a paused relationship is followed, and one that is not goes before it", () => {
  const model = annas();
  assert.equal(model.standing, null);
  model.takeOwn(own(relationship("paused", "p"), relationship("active", "a")));
  assert.deepEqual([model.relationshipId, model.standing], ["a", "active"]);

  const alone = annas();
  alone.takeOwn(own(relationship("paused")));
  assert.deepEqual([alone.standing, alone.partner.name, alone.pausedBy], ["paused", "Ben", null]);
});

test("who paused is known to who heard it, and to nobody after a snapshot", () => {
  const model = annas();
  model.takeOwn(own(relationship("active")));
  hears(model, { type: "relationships.changed", changed_by: "ben", relationship: relationship("paused") });
  assert.deepEqual([model.standing, model.pausedBy], ["paused", "ben"]);
  hears(model, { type: "relationships.changed", changed_by: "anna", relationship: relationship("paused") });
  assert.equal(model.pausedBy, "ben", "Anna changed something else");
  model.takeOurs({ membership: relationship("paused") });
  assert.equal(model.pausedBy, null);
  hears(model, { type: "relationships.changed", changed_by: "anna", relationship: relationship("active") });
  assert.deepEqual([model.standing, model.pausedBy], ["active", null]);
});

test("of another relationship nothing is taken", () => {
  const model = annas();
  model.takeOwn(own(relationship("active")));
  hears(model, { type: "relationships.started", relationship: relationship("active", "other") });
  assert.equal(model.relationshipId, "r");
});

test("who is in none is told so once that is known", () => {
  const model = annas();
  model.takeOwn(own());
  assert.equal(model.standing, "none");
  hears(model, { type: "relationships.started", relationship: relationship("active") });
  assert.deepEqual([model.standing, model.partner.name], ["active", "Ben"]);
});

/** Let Anna know something of everything the two can share. */
function together() {
  const model = annas();
  model.takeOwn(own(relationship("active")));
  model.takeOurs({
    membership: relationship("active"),
    check_ins: { recent: [{ check_in_id: "1", user_id: "ben", local_day: "2026-03-02", privacy_level: "open" }], streak: { current_days: 4 } },
    moods: { latest: [{ mood_log_id: "2", user_id: "ben", mood: "calm" }] },
  });
  model.follow({ type: "moods.logged", mood_log_id: "3", user_id: "ben", mood: "happy" }, "1.2", AT, true, true);
  model.presence = { status: "online" };
  return model;
}

test("what has ended is forgotten, whichever topic says so", () => {
  const fresh = { ...annas(), standing: "ended" };
  const ended = { type: "relationships.ended", relationship_id: "r" };
  for (const isOurs of [true, false]) {
    const model = together();
    assert.ok(model.todayOf(model.partner, AT));
    model.follow(ended, "1.3", AT, isOurs, false);
    assert.deepEqual({ ...model, coins: null }, fresh);
  }
  const away = together();
  away.takeOwn(own());
  assert.deepEqual({ ...away, coins: null }, fresh);
});

test("the end of another relationship takes nothing away", () => {
  const model = together();
  hears(model, { type: "relationships.ended", relationship_id: "other" });
  assert.deepEqual([model.standing, model.moods.length], ["active", 2]);
});

test("after an end another beginning is followed", () => {
  const model = together();
  hears(model, { type: "relationships.ended", relationship_id: "r" });
  hears(model, { type: "relationships.started", relationship: relationship("active", "next") });
  assert.deepEqual([model.standing, model.relationshipId], ["active", "next"]);
});
