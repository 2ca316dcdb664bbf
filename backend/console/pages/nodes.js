// @ts-check
/** The nodes: which there are, who has which shard, and how each fares; looked at every second. */

import { request } from "./asking.js";
import { Tracks } from "./cluster.js";
import { el, fill, play, say, set } from "./element.js";
import { lackOf, sharesOf, summaryOf } from "./measured.js";
import { nodeCard } from "./nodecard.js";
import { Refused } from "./tandem.js";
import { hour } from "./words.js";

const LOOK_EVERY_MS = 1_000;
/** What was told longer ago than this is said to be old. */
const OLD_MS = 4_000;

export function nodes() {
  const tracks = new Tracks();
  const [summary, problem] = [el("span", { class: "summary" }), el("p", { class: "problem", role: "status", hidden: true })];
  const map = el("div", { class: "shards", role: "img" });
  const cards = el("div", { class: "cards" });
  const box = el("details", { id: "nodes", class: "nodes", open: true, ontoggle: look },
    el("summary", {}, el("h2", {}, "Nodes"), summary), problem, map,
    el("p", { class: "explained" }, "Each square is a shard, in the colour of the node whose actors it holds. Start another node, or stop one, and they change hands."),
    cards);
  /** @type {Map<string, ReturnType<typeof nodeCard>>} */
  const drawn = new Map();
  let [isAsking, toldAt, why] = [false, 0, ""];

  async function look() {
    if (document.hidden || !box.open || !box.isConnected) return;
    draw();
    if (isAsking) return;
    isAsking = true;
    try {
      tracks.take(await request("/v1/demo/cluster"), Date.now());
      [toldAt, why] = [Date.now(), ""];
    } catch (/** @type {any} */ error) {
      why = error instanceof Refused ? error.message : "The server cannot be reached; it is asked again every second.";
    }
    isAsking = false;
    draw();
  }

  function draw() {
    const [now, { cluster, all }, owners] = [Date.now(), tracks, tracks.owners()];
    const owned = owners.filter(Boolean).length;
    const age = toldAt && now - toldAt > OLD_MS ? `What is shown is how it was at ${hour(new Date(toldAt))}.` : "";
    const words = [why || lackOf(cluster), age].filter(Boolean).join(" ");
    say(problem, words);
    problem.hidden = !words;
    box.classList.toggle("old", Boolean(why || age));
    if (!cluster) return;
    say(summary, summaryOf(all, cluster.shards, owned));
    drawShards(owners);
    set(map, { "aria-label": sharesOf(all, cluster.shards - owned) });
    for (const track of all) if (!drawn.has(track.id)) drawn.set(track.id, nodeCard(track));
    const shown = all.map(({ id }) => /** @type {any} */ (drawn.get(id)).element);
    if (shown.length !== cards.children.length || shown.some((one, place) => one !== cards.children[place])) fill(cards, ...shown);
    for (const id of drawn.keys()) if (!all.some((track) => track.id === id)) drawn.delete(id);
    for (const track of all) drawn.get(track.id)?.draw(track, track.id === cluster.told_by, now);
  }

  /** @param {(import("./cluster.js").Track | null)[]} owners */
  function drawShards(owners) {
    if (map.children.length !== owners.length) fill(map, ...owners.map(() => el("i")));
    for (const [shard, owner] of owners.entries()) {
      const cell = map.children[shard];
      const id = owner?.id ?? "";
      if (cell.dataset.owner === id) continue;
      const isNew = cell.dataset.owner === undefined;
      cell.dataset.owner = id;
      cell.className = owner ? `n${owner.hue}` : "nobodys";
      cell.title = `Shard ${shard}: ${owner ? `node ${owner.name}` : "nobody"}`;
      if (!isNew) play(cell, "moved");
    }
  }

  setInterval(look, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", look);
  return box;
}
