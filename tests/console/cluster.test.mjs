// What the page makes of what nodes say, second by second.
import assert from "node:assert/strict";
import { test } from "node:test";

import { HUES, lineOf, MINUTE_MS, mostOf, Tracks } from "../../backend/console/pages/cluster.js";
import { duration, lackOf, megabytes, sharesOf, short, standingOf, summaryOf, troublesOf } from "../../backend/console/pages/measured.js";

const BEGIN = Date.parse("2026-03-02T12:00:00Z");
const at = (second) => new Date(BEGIN + second * 1_000).toISOString();

/** How a node is at a second. */
const state = (second, shards, more = {}) => ({
  at: at(second), started_at: at(0), version: "1", has_lease: true, has_redis: true, is_cut_off: false, shards, sockets: 1, people: 1, topics: 2,
  actors: { user: 2, relationship: 1 }, mailboxes: { waiting: 0, fullest: 0 }, commands_granted: 0, commands_refused: 0,
  commits: { batches: 0, commands: 0, batch_commands: null, took_ms: null, turns_waiting: { commands: 0, tells: 0 } },
  elsewhere: { waiting: 0, asked: 0, asked_again: 0, gaps: 0, topics_doubtful: 0 },
  lag_ms: null, memory_bytes: null, cpu_s: 0, ...more,
});
const node = (id, shards, said, standing = "fresh") => ({ id, name: id, standing, shards, state: said });
const cluster = (...nodes) => ({ at: at(0), told_by: "a", reaches_others: true, is_whole: true, shards: 4, nodes });

/** Take a cluster as it was told at a second. */
const told = (tracks, second, ...nodes) => tracks.take(cluster(...nodes), BEGIN + second * 1_000);
const standings = (tracks) => tracks.all.map(({ id, standing }) => [id, standing]);

test("counters become rates, and what is told twice counts once", () => {
  const tracks = new Tracks();
  told(tracks, 1, node("a", [], state(1, [], { commands_granted: 10, cpu_s: 1 })));
  assert.deepEqual([tracks.all[0].last.commands, tracks.all[0].last.cpu], [null, null]);
  const later = state(3, [], { commands_granted: 13, commands_refused: 1, cpu_s: 1.5 });
  told(tracks, 3, node("a", [], later));
  told(tracks, 4, node("a", [], later));
  assert.equal(tracks.all[0].points.length, 2);
  assert.deepEqual([tracks.all[0].last.commands, tracks.all[0].last.cpu], [2, 25]);
});

test("a minute is kept", () => {
  const tracks = new Tracks();
  for (let second = 0; second < 100; second++) told(tracks, second, node("a", [], state(second, [])));
  const { points } = tracks.all[0];
  assert.equal(points.at(-1).at - points[0].at, MINUTE_MS);
});

test("shards change hands: what neither says it has is nobody's meanwhile", () => {
  const tracks = new Tracks();
  const owners = () => tracks.owners().map((owner) => owner?.id ?? null);
  told(tracks, 0, node("a", [0, 1, 2, 3], state(0, [0, 1, 2, 3])));
  assert.deepEqual(owners(), ["a", "a", "a", "a"]);
  told(tracks, 1, node("a", [0, 1, 2, 3], state(1, [0, 1])), node("b", [], state(1, [])));
  assert.deepEqual(owners(), ["a", "a", null, null]);
  assert.equal(sharesOf(tracks.all, 2), "Shards: node a has 2, nobody has 2.");
  told(tracks, 2, node("a", [0, 1], state(2, [0, 1])), node("b", [2, 3], null));
  assert.deepEqual(owners(), ["a", "a", "b", "b"]);
  assert.equal(sharesOf(tracks.all, 0), "Shards: node a has 2, node b has 2.");
});

test("a node that falls silent keeps its numbers, is gone for a minute, then forgotten", () => {
  const tracks = new Tracks();
  const a = (second) => node("a", [], state(second, []));
  told(tracks, 0, node("0", [1], state(0, [1])), a(0));
  told(tracks, 1, node("0", [1], null), a(1));
  assert.deepEqual(standings(tracks), [["0", "silent"], ["a", "here"]]);
  assert.equal(tracks.all[0].state.sockets, 1);
  told(tracks, 2, node("0", [1], null, "stale"), a(2));
  assert.equal(standingOf(tracks.all[0], BEGIN), "lease run out");
  told(tracks, 3, a(3));
  assert.deepEqual(standings(tracks), [["a", "here"], ["0", "gone"]]);
  assert.deepEqual(tracks.owners(), [null, null, null, null]);
  assert.equal(standingOf(tracks.all[1], BEGIN + 15_000), "gone for 12 s");
  told(tracks, 64, a(64));
  assert.deepEqual(standings(tracks), [["a", "here"]]);
});

test("nodes have colours of their own as far as there are any, and one that is free is used again", () => {
  const tracks = new Tracks();
  const many = Array.from({ length: HUES + 1 }, (_, number) => node(`n${number}`, [], null));
  told(tracks, 0, ...many);
  assert.deepEqual(tracks.all.map(({ hue }) => hue), [...Array(HUES).keys(), 0]);
  const [, , ...others] = many;
  told(tracks, 1, ...others);
  told(tracks, 90, ...others, node("new", [], null));
  assert.equal(tracks.all.find(({ id }) => id === "new").hue, 1);
});

test("a line reaches back a minute and is broken where nobody looked", () => {
  const points = [[0, 0], [1, 5], [2, null], [30, 10], [60, 20]].map(([second, lag]) => ({ at: BEGIN + second * 1_000, lag }));
  assert.equal(mostOf(points, "lag"), 20);
  assert.equal(lineOf(points, "lag", 10), "M0 19L1.7 10M50 1M100 1");
  assert.equal(lineOf([], "lag", 0), "");
});

test("numbers are short, and a duration has its unit", () => {
  assert.deepEqual([0, 0.04, 9.94, 9.96, 123.4, 9_990, 12_345, 456_789, 2_500_000].map(short),
    ["0", "0", "9.9", "10", "123", "9990", "12.3 k", "457 k", "2.5 M"]);
  assert.deepEqual([-5, 59_999, 60_000, 3_660_000, 90_000_000].map(duration), ["0 s", "59 s", "1 min", "1 h 1 min", "1 d 1 h"]);
  assert.equal(megabytes(97_280_000), "97 MB");
});

test("what is wrong is said in words", () => {
  const tracks = new Tracks();
  const well = state(90, [0]);
  const ill = { ...well, has_lease: false, has_redis: false, is_cut_off: true, elsewhere: { ...well.elsewhere, gaps: 1, topics_doubtful: 2 },
    commits: { ...well.commits, turns_waiting: { commands: 1, tells: 0 } } };
  told(tracks, 90, node("a", [0], well), node("b", [], ill, "leaving"));
  const [a, b] = tracks.all;
  assert.deepEqual([standingOf(a, 0), standingOf(b, 0)], ["up 1 min", "leaving, up 1 min"]);
  assert.deepEqual(troublesOf(a), []);
  assert.deepEqual(troublesOf(b), ["its lease has run out", "it is cut off, and sends its phones to others", "it reaches no other node (Redis)", "1 turn waits to be written",
    "2 topics may lack something", "1 gap in what others said"]);
  assert.equal(summaryOf(tracks.all, 4, 2), "2 nodes · 2 of 4 shards owned · 2 sockets · 6 actors");
  assert.equal(lackOf(null), "");
  assert.equal(lackOf(cluster()), "");
  assert.match(lackOf({ ...cluster(), is_whole: false }), /within a second/);
  assert.match(lackOf({ ...cluster(), is_whole: false, reaches_others: false }), /Redis is away/);
});
