// @ts-check
/** The card of one node: what it holds, and how its last minute was. */

import { lineOf, mostOf } from "./cluster.js";
import { el, fill, say, svg } from "./element.js";
import { actorsIn, megabytes, short, standingOf, troublesOf } from "./measured.js";

/** @typedef {import("./cluster.js").Track} Track */
/** @typedef {import("./cluster.js").Point} Point */

const UNRELEASED = "unreleased";

/** What is drawn as a line: its name, what it says now, and how far it must reach to touch the top.
 * @type {{measure: Exclude<keyof Point, "at">, name: string, hint: string, least: number, now: (track: Track) => string}[]} */
const LINES = [
  { measure: "commands", name: "Commands", hint: "Commands and queries answered in a second", least: 5,
    now: ({ last }) => `${short(last?.commands ?? 0)}/s` },
  { measure: "batch", name: "Batch p50", hint: "Commands in one commit, the median of ten seconds", least: 4,
    now: ({ state }) => (state?.commits.batch_commands ? short(state.commits.batch_commands.p50) : "–") },
  { measure: "commit", name: "Commit p99", hint: "From BEGIN to the answer to COMMIT", least: 10,
    now: ({ state }) => inMs(state?.commits.took_ms) },
  { measure: "lag", name: "Loop lag p99", hint: "By how much too late the event loop comes round", least: 5,
    now: ({ state }) => inMs(state?.lag_ms) },
];

/** @type {{name: string, of: (track: Track) => string}[]} */
const COUNTS = [
  { name: "sockets", of: ({ state }) => short(state?.sockets ?? 0) },
  { name: "actors", of: ({ state }) => short(actorsIn(state?.actors ?? {})) },
  { name: "in mailboxes", of: ({ state }) => short(state?.mailboxes.waiting ?? 0) },
  { name: "remote asks", of: ({ last }) => `${short(last?.asked ?? 0)}/s` },
];

/** @param {Track} track */
export function nodeCard({ id, name, hue }) {
  const [standing, here, shards] = [el("span", { class: "stands" }), el("span", { class: "tag", hidden: true }, "answers this page"), el("b")];
  const strip = svg("path");
  const counts = COUNTS.map(({ name: label }) => ({ label, value: el("dd") }));
  const lines = LINES.map((line) => ({ ...line, value: el("dd"), path: svg("path", { "vector-effect": "non-scaling-stroke" }) }));
  const troubles = el("ul", { class: "troubles" });
  const foot = el("p", { class: "foot" });
  const element = el("article", { class: `node n${hue}`, "aria-label": `Node ${name}`, "data-node": id },
    el("header", {}, el("i", { class: "swatch", "aria-hidden": "true" }), el("h3", {}, name), here, standing),
    el("div", { class: "share" }, el("p", {}, shards, " shards"),
      svg("svg", { viewBox: "0 0 64 4", preserveAspectRatio: "none", "aria-hidden": "true" }, strip)),
    el("dl", { class: "counts" }, ...counts.map(({ label, value }) => el("div", {}, el("dt", {}, label), value))),
    el("dl", { class: "lines" }, ...lines.map(({ name: label, hint, value, path }) => el("div", { title: hint }, el("dt", {}, label), value,
      svg("svg", { viewBox: "0 0 100 20", preserveAspectRatio: "none", "aria-hidden": "true" }, path)))),
    troubles, foot);

  /** @param {Track} track @param {boolean} isTelling Whether it is the one that answers. @param {number} now */
  function draw(track, isTelling, now) {
    element.dataset.standing = track.standing;
    say(standing, standingOf(track, now));
    here.hidden = !isTelling;
    say(shards, String(track.shards.length));
    strip.setAttribute("d", track.shards.map((shard) => `M${shard % 64} ${Math.floor(shard / 64)}h1v1h-1z`).join(""));
    for (const [index, { of }] of COUNTS.entries()) say(counts[index].value, track.state ? of(track) : "–");
    for (const { measure, least, value, path, now: told } of lines) {
      say(value, track.state ? told(track) : "–");
      path.setAttribute("d", lineOf(track.points, measure, Math.max(least, mostOf(track.points, measure))));
    }
    const found = troublesOf(track);
    if (troubles.textContent !== found.join("")) fill(troubles, ...found.map((trouble) => el("li", {}, trouble)));
    say(foot, footOf(track));
  }
  return { element, draw };
}

/** @param {import("./cluster.js").Spread | undefined} spread */
const inMs = (spread) => (spread ? `${short(spread.p99)} ms` : "–");

/** @param {Track} track */
function footOf({ state, last }) {
  if (!state) return "";
  const { memory_bytes, people, version, elsewhere, mailboxes } = state;
  return [
    `${people} online`,
    memory_bytes !== null && megabytes(memory_bytes),
    last?.cpu != null && `CPU ${short(last.cpu)} %`,
    mailboxes.fullest > 0 && `${mailboxes.fullest} in the fullest mailbox`,
    elsewhere.waiting > 0 && `${elsewhere.waiting} asked elsewhere`,
    version !== UNRELEASED && `version ${version}`,
  ].filter(Boolean).join(" · ");
}
