// @ts-check
/** The cluster over the last minute: what its nodes said of themselves, and what follows from that. */

/** @typedef {{p50: number, p99: number} | null} Spread */
/** @typedef {{at: string, started_at: string, version: string, has_lease: boolean, has_redis: boolean, is_cut_off: boolean, shards: number[],
 *   sockets: number, people: number, topics: number, actors: Record<string, number>, mailboxes: {waiting: number, fullest: number},
 *   commands_granted: number, commands_refused: number,
 *   commits: {batches: number, commands: number, batch_commands: Spread, took_ms: Spread, turns_waiting: Record<string, number>},
 *   elsewhere: {waiting: number, asked: number, asked_again: number, gaps: number, topics_doubtful: number},
 *   lag_ms: Spread, memory_bytes: number | null, cpu_s: number}} State */
/** @typedef {{id: string, name: string, standing: "fresh" | "leaving" | "stale", shards: number[], state: State | null}} Shown */
/** @typedef {{at: string, told_by: string, reaches_others: boolean, is_whole: boolean, shards: number, nodes: Shown[]}} Cluster */
/** How it was at a moment; null where nothing was measured.
 * @typedef {{at: number, commands: number | null, asked: number | null, cpu: number | null, batch: number | null, commit: number | null, lag: number | null}} Point */

export const MINUTE_MS = 60_000;
export const HUES = 6;
/** Points further apart than this have no line between them: nobody looked. */
const HOLE_MS = 5_000;

/** A node for as long as it is worth showing, and a minute after it has gone. */
export class Track {
  /** @type {State | null} What it said last, and keeps when it falls silent. */ state = null;
  /** @type {"here" | "leaving" | "silent" | "stale" | "gone"} */ standing = "silent";
  /** @type {number[]} */ shards = [];
  /** @type {Point[]} The oldest first. */ points = [];
  /** Since when it has gone, by the clock of this page. @type {number | null} */ goneAt = null;

  /** @param {string} id @param {string} name @param {number} hue */
  constructor(id, name, hue) {
    this.id = id;
    this.name = name;
    this.hue = hue;
  }

  get last() { return this.points.at(-1) ?? null; }

  /** @param {Shown} shown */
  take({ standing, shards, state }) {
    this.goneAt = null;
    this.shards = state?.shards ?? shards;
    if (standing === "stale") this.standing = "stale";
    else if (standing === "leaving") this.standing = "leaving";
    else this.standing = state ? "here" : "silent";
    if (state) this.#measure(state);
  }

  /** @param {number} now */
  miss(now) {
    this.standing = "gone";
    this.shards = [];
    this.goneAt ??= now;
  }

  /** @param {State} state */
  #measure(state) {
    const [before, at] = [this.state, Date.parse(state.at)];
    const passed_s = before ? (at - Date.parse(before.at)) / 1000 : 0;
    if (before && passed_s <= 0) return; // Told again.
    this.state = state;
    /** @param {(state: State) => number} counter */
    const perSecond = (counter) => (before ? (counter(state) - counter(before)) / passed_s : null);
    this.points.push({
      at,
      commands: perSecond((one) => one.commands_granted + one.commands_refused),
      asked: perSecond((one) => one.elsewhere.asked),
      cpu: perSecond((one) => one.cpu_s * 100),
      batch: state.commits.batch_commands?.p50 ?? null,
      commit: state.commits.took_ms?.p99 ?? null,
      lag: state.lag_ms?.p99 ?? null,
    });
    while (this.points[0].at < at - MINUTE_MS) this.points.shift();
  }
}

/** Everything this page was told of nodes within the last minute. */
export class Tracks {
  /** @type {Map<string, Track>} By id, in the order in which the nodes were started; those that are gone stand last. */ #tracks = new Map();
  /** @type {Cluster | null} */ cluster = null;

  get all() { return [...this.#tracks.values()]; }

  /** @param {Cluster} cluster @param {number} now By the clock of this page. */
  take(cluster, now) {
    this.cluster = cluster;
    const told = new Set(cluster.nodes.map(({ id }) => id));
    for (const shown of cluster.nodes) {
      const track = this.#tracks.get(shown.id) ?? new Track(shown.id, shown.name, this.#freeHue());
      this.#tracks.set(shown.id, track);
      track.take(shown);
    }
    for (const track of this.all) {
      if (!told.has(track.id)) track.miss(now);
      if (track.goneAt !== null && now - track.goneAt > MINUTE_MS) this.#tracks.delete(track.id);
    }
    const order = this.all.sort((one, other) => Number(one.goneAt !== null) - Number(other.goneAt !== null) || (one.id < other.id ? -1 : 1));
    this.#tracks = new Map(order.map((track) => [track.id, track]));
  }

  /** Who has each shard; null where nobody says so, such as while it changes hands. @returns {(Track | null)[]} */
  owners() {
    /** @type {(Track | null)[]} */
    const owners = Array.from({ length: this.cluster?.shards ?? 0 }, () => null);
    for (const track of this.all) for (const shard of track.shards) owners[shard] = track;
    return owners;
  }

  /** The first colour that no node has, or else the one that fewest have. */
  #freeHue() {
    const used = Array.from({ length: HUES }, (_, hue) => this.all.filter((track) => track.hue === hue).length);
    return used.indexOf(Math.min(...used));
  }
}

/** The line of a measure over the last minute, as the path of a drawing 100 wide and 20 high.
 * @param {Point[]} points @param {Exclude<keyof Point, "at">} measure @param {number} most What reaches the top. */
export function lineOf(points, measure, most) {
  const end = points.at(-1)?.at ?? 0;
  let path = "";
  let before = -Infinity;
  for (const point of points) {
    const value = point[measure];
    if (value === null) continue;
    const x = 100 - ((end - point.at) / MINUTE_MS) * 100;
    const y = 19 - 18 * Math.min(1, value / (most || 1));
    path += `${point.at - before > HOLE_MS ? "M" : "L"}${round(x)} ${round(y)}`;
    before = point.at;
  }
  return path;
}

/** The largest of a measure. @param {Point[]} points @param {Exclude<keyof Point, "at">} measure */
export const mostOf = (points, measure) => Math.max(0, ...points.map((point) => point[measure] ?? 0));

/** @param {number} value */
const round = (value) => Math.round(value * 10) / 10;
