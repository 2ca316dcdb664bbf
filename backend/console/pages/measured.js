// @ts-check
/** What was measured of nodes, in words. */

import { counted } from "./words.js";

/** @typedef {import("./cluster.js").Track} Track */
/** @typedef {import("./cluster.js").Cluster} Cluster */

const STANDINGS = { here: "", leaving: "leaving", silent: "does not answer", stale: "lease run out", gone: "gone" };
const [S_PER_MIN, S_PER_HOUR, S_PER_DAY] = [60, 3_600, 86_400];

/** A number in at most four characters or so. @param {number} value */
export function short(value) {
  if (value >= 999_500) return `${trimmed(value / 1_000_000, 1)} M`;
  if (value >= 9_995) return `${trimmed(value / 1_000, value < 99_950 ? 1 : 0)} k`;
  return value < 9.95 ? trimmed(value, 1) : String(Math.round(value));
}

/** @param {number} value @param {number} digits */
const trimmed = (value, digits) => value.toFixed(digits).replace(/\.0$/, "");

/** @param {number} ms */
export function duration(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < S_PER_MIN) return `${s} s`;
  if (s < S_PER_HOUR) return `${Math.floor(s / S_PER_MIN)} min`;
  if (s < S_PER_DAY) return `${Math.floor(s / S_PER_HOUR)} h ${Math.floor((s % S_PER_HOUR) / S_PER_MIN)} min`;
  return `${Math.floor(s / S_PER_DAY)} d ${Math.floor((s % S_PER_DAY) / S_PER_HOUR)} h`;
}

/** @param {number} bytes */
export const megabytes = (bytes) => `${short(bytes / 1_000_000)} MB`;

/** How a node stands, and for how long it has run. @param {Track} track @param {number} now */
export function standingOf({ standing, state, goneAt }, now) {
  if (goneAt !== null) return `gone for ${duration(now - goneAt)}`;
  const up = state && `up ${duration(Date.parse(state.at) - Date.parse(state.started_at))}`;
  return [STANDINGS[standing], standing === "stale" ? null : up].filter(Boolean).join(", ");
}

/** What should not be so at a node, if anything. @param {Track} track @returns {string[]} */
export function troublesOf({ standing, state }) {
  if (!state || standing === "gone" || standing === "stale") return [];
  const { elsewhere, commits } = state;
  const turns = Object.values(commits.turns_waiting).reduce((sum, count) => sum + count, 0);
  return [
    !state.has_lease && "its lease has run out",
    state.is_cut_off && "it is cut off, and sends its phones to others",
    !state.has_redis && "it reaches no other node (Redis)",
    turns > 0 && `${counted(turns, "turn")} ${turns === 1 ? "waits" : "wait"} to be written`,
    elsewhere.topics_doubtful > 0 && `${counted(elsewhere.topics_doubtful, "topic")} may lack something`,
    elsewhere.gaps > 0 && `${counted(elsewhere.gaps, "gap")} in what others said`,
  ].filter((sentence) => sentence !== false);
}

/** All of them in a line. @param {Track[]} tracks @param {number} shards @param {number} owned */
export function summaryOf(tracks, shards, owned) {
  const here = tracks.filter(({ standing }) => standing === "here" || standing === "leaving");
  /** @param {(state: import("./cluster.js").State) => number} count */
  const sum = (count) => here.reduce((total, { state }) => total + (state ? count(state) : 0), 0);
  return [
    counted(here.length, "node"),
    owned === shards ? `${shards} shards` : `${owned} of ${shards} shards owned`,
    counted(sum(({ sockets }) => sockets), "socket"),
    counted(sum(({ actors }) => actorsIn(actors)), "actor"),
  ].join(" · ");
}

/** @param {Record<string, number>} actors */
export const actorsIn = (actors) => Object.values(actors).reduce((total, count) => total + count, 0);

/** Who has how many shards. @param {Track[]} tracks @param {number} unowned */
export function sharesOf(tracks, unowned) {
  const shares = tracks.filter(({ shards }) => shards.length).map(({ name, shards }) => `node ${name} has ${shards.length}`);
  return `Shards: ${[...shares, unowned && `nobody has ${unowned}`].filter(Boolean).join(", ")}.`;
}

/** Why not all is shown, if that is so. @param {Cluster | null} cluster */
export function lackOf(cluster) {
  if (!cluster || cluster.is_whole) return "";
  return cluster.reaches_others
    ? "Not every node has answered within a second."
    : "This node cannot reach the others, for Redis is away: it says only how it is itself.";
}
