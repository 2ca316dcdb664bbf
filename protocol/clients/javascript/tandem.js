// @ts-check
/**
 * Tandem's JavaScript client: one module, no build, no dependency; for browsers and for Node from 20
 * on (before 22, where `WebSocket` is not global, hand one in as `openSocket`).
 *
 * Commands wait in a queue while there is no connection and go out in order, each under its one id
 * until it is answered; so nothing is lost and nothing is done twice. Topics are resumed from the
 * last position. A client belongs to one person; another person needs another client.
 *
 *     const anna = new Client("wss://example.org/v1/socket", { token, renew: () => freshToken() });
 *     anna.onPush((event, topic) => draw(event));
 *     await anna.connect();
 *     const ours = await anna.join(`relationship/${id}`).ready();
 *     await anna.ask({ type: "moods.log", mood: "calm", mood_score: 7 }, { to: ours.topic });
 *
 * The module reads from the outside in: the client and what it raises, topics, the queue of
 * commands, where a queue is kept, and at last small tools. `tandem.d.ts` beside it has the types.
 */

/** @typedef {{type: string, [field: string]: any}} Message A command, an answer or an event. */
/** @typedef {{code: string, message: string, facts?: Object<string, any>, temporary?: boolean}} RefusedBody */
/** @typedef {{name: "connecting" | "open" | "waiting" | "closed", reason?: string, code?: number,
 *   retryInS?: number}} State */
/** @typedef {{topic: string, user_id: string, status: string, doing?: string, last_seen_at?: string}} Presence */
/** @typedef {{id: string, do: Message, to: string | null, made_at: string, user_id: string | null,
 *   dated: "never" | "late" | "always"}} Kept A command as a store keeps it; `dated` says whether
 *   `made_at` goes out with it. */
/** @typedef {{load: () => Kept[] | Promise<Kept[]>, save: (commands: Kept[]) => void | Promise<void>}} QueueStore
 *   Keeps one person's queue, so that it outlives the page. */
/** @typedef {{now: () => number, elapsed: () => number, clearTimeout: (timer: any) => void,
 *   setTimeout: (run: () => void, ms: number) => any}} Clock Milliseconds since 1970; since some moment. */
/** @typedef {() => string | Promise<string>} Fetch Fetches a fresh secret. */
/** @typedef {(event: Message, topic: string, pos: string, at: Date) => any} OnPush */
/** @typedef {(state: Object<string, any>, topic: string, pos: string) => any} OnSnapshot */
/** @typedef {(presence: Presence) => any} OnPresence */
/** @typedef {{clock: Clock, random: () => number, queueMax: number, triesMax: number, store?: QueueStore,
 *   onProblem: Listeners, wake: () => void}} House What all parts of one client share. */

const SUBPROTOCOL = "tandem.v1.json";
/** A connection that ended without a goodbye, or never began. */
const LOST = 1006;
const UNAUTHENTICATED = 4501;
/** What went wrong with the bytes themselves would go wrong again. */
const STOPPING_LIBRARY_CODES = [1000, 1002, 1003, 1007, 1008, 1009, 1010];
const STOPS_FROM = 4500;
const BACKOFF_FIRST_MS = 100;
const BACKOFF_LONGEST_MS = 20_000;
/** A connection that lasted this long makes the next wait short again. */
const STABLE_MS = 5_000;
/** After this many heartbeats without any frame the connection counts as lost. */
const SILENCE_BEATS_MAX = 2.5;
/** After its goodbye the server closes the socket within this time, or it is closed here. */
const CLOSED_WITHIN_MS = 5_000;
/** A command sent later than this after it was made says so, where the caller allows it. */
const LATE_MS = 5_000;
/** So long the server itself may not know who is there: a topic may just have moved. */
const ABSENT_AFTER_MS = 6_000;
/** What the server allows, until its welcome says it. */
const LIMITS = {
  frame_bytes_max: 65_536, frame_messages_max: 64, topics_max: 64,
  calls_in_flight_max: 64, calls_per_s_max: 50, calls_burst_max: 200,
};
/** @type {Clock} */
const SYSTEM_CLOCK = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer),
};

// ---------------------------------------------------------------------------------------------------------- the client

/** One person's connection, for as long as the page wants it. */
export class Client {
  /** How it stands to the server. @type {State} */ state = { name: "closed" };
  /** Whose client it is; null before the first welcome. @type {string | null} */ userId = null;
  #url; #info; #openWithinS; #openSocket;
  /** @type {string | Fetch | undefined} */ #token;
  /** @type {Fetch | undefined} */ #renew;
  /** @type {string | Fetch | undefined} */ #ticket;
  /** @type {House} */ #house; #queue; #topics;
  #states = new Listeners();
  /** @type {Closed | null} Why it is closed, once it has been. */ #stopped = null;
  /** @type {WebSocket | null} */ #socket = null;
  /** Each attempt has a number, by which what comes late from an older one is known. */ #attempt = 0;
  #tries = 0; #openedMs = NaN; #heardMs = 0; #silenceMsMax = 0; #retryAfterMs = 0;
  /** Whether the next token comes from `renew`, and whether the last one did. */ #renewDue = false; #isRenewed = false;
  #isCut = false; #flushDue = false;
  /** @type {any} For the welcome, the next sign of life, or the next attempt. */ #timer = null;
  /** @type {any} */ #flushTimer = null;
  /** The browser says that a try may succeed now; a wait the server asked for is kept all the same. */
  #nudge = () => {
    if (globalThis.document?.visibilityState !== "hidden" && !this.#retryAfterMs) this.reconnectNow();
  };

  /**
   * Prepare; `connect` connects.
   *
   * @param {string} url Where the socket is; in a page it may be relative, such as "/v1/socket".
   * @param {Object} [options]
   * @param {string | Fetch} [options.token] A function is called for each connection.
   * @param {Fetch} [options.renew] Fetches another token, once, when the server does not take the one
   *   it is shown; without it, or when that one is not taken either, the client stops.
   * @param {string | Fetch} [options.ticket] In the place of a token; a function is called for each
   *   connection, as it must be: a ticket opens one socket.
   * @param {string} [options.name]
   * @param {string} [options.version]
   * @param {QueueStore} [options.store]
   * @param {number} [options.queueMax] How many commands may wait.
   * @param {number} [options.triesMax] How often a call is sent again after a temporary refusal.
   * @param {number} [options.openWithinS]
   * @param {Clock} [options.clock]
   * @param {() => number} [options.random]
   * @param {(url: string, subprotocol: string) => WebSocket} [options.openSocket]
   */
  constructor(url, {
    token, renew, ticket, name = "tandem-js", version = "0.1.0", store, queueMax = 1000, triesMax = 5, openWithinS = 10,
    clock = SYSTEM_CLOCK, random = Math.random, openSocket = openWebSocket,
  } = {}) {
    if (openSocket === openWebSocket && typeof WebSocket === "undefined") {
      throw new TypeError("There is no WebSocket here; hand one in as `openSocket: (url, subprotocol) => …`.");
    }
    this.#url = socketUrl(url);
    this.#token = token;
    this.#renew = renew;
    this.#ticket = ticket;
    this.#info = { name, version };
    this.#openWithinS = openWithinS;
    this.#openSocket = openSocket;
    const wake = () => this.#flushSoon();
    this.#house = { clock, random, queueMax, triesMax, store, onProblem: new Listeners(), wake };
    this.#topics = new Topics(this.#house);
    this.#queue = new CommandQueue(this.#house);
  }

  /** Begin to connect and wait until it is open. Rejects with Closed when the server says stop, and
   * with TimedOut, after which it still tries on. @returns {Promise<void>} */
  connect(timeoutS = 30) {
    if (this.state.name === "closed") this.#start();
    return unwatched(this.until(["open", "closed"], timeoutS).then(({ name }) => {
      if (name === "closed") throw this.#stopped ?? new Closed("never connected");
    }));
  }

  /** Close the socket and stop, at once. What was not answered stays queued, and in the store: there
   * it is when this is fulfilled. @returns {Promise<void>} */
  close() {
    if (!this.#stopped) this.#stop(new Closed("closed by the program"));
    return this.#queue.saved();
  }

  /** Take the connection away, as a tunnel would; commands are queued meanwhile. */
  cut() {
    this.#isCut = true;
    if (this.state.name !== "closed") this.#stayAway();
  }

  /** Undo a cut and connect at once. */
  restore() {
    this.#isCut = false;
    this.reconnectNow();
  }

  /** Do not wait any longer before the next try. */
  reconnectNow() {
    if (this.state.name === "waiting" && !this.#isCut) this.#connect();
  }

  /** Wait for one of these states. @param {State["name"][]} names @returns {Promise<State>} */
  until(names, timeoutS = 30) {
    const entered = new Deferred();
    const look = () => void (names.includes(this.state.name) && entered.resolve(this.state));
    const off = this.onState(look);
    look();
    return unwatched(entered.within(this.#house.clock, timeoutS, `The state ${names.join(" or ")}`).finally(off));
  }

  /** The server's time, as well as it is known. */
  now() { return new Date(this.#house.clock.now() + this.#queue.clockAheadMs); }
  /** The commands that are not answered yet, in order. */
  get queued() { return this.#queue.kept; }

  /**
   * Ask for something and wait for the answer, over reconnections if need be. Rejects with Refused,
   * QueueFull, TooLarge and Closed; whoever does not look at the answer need not catch them.
   *
   * `madeAt` is when the person acted, where that was earlier and the command allows it. With
   * `backDated` the client says so itself, but only if the command goes out more than 5 s after it
   * was asked: a moment that the server can see for itself needs no word, and a phone's wrong clock
   * then does no harm. Without either the command counts from its arrival. Ask with the `id` of an
   * earlier try to learn its outcome; nothing is done twice.
   *
   * @param {Message} wish
   * @param {{to?: string, madeAt?: Date, id?: string, backDated?: boolean}} [how]
   * @returns {Promise<any>}
   */
  ask(wish, how) { return unwatched(this.#ask(wish, how)); }

  /** Follow a topic from now on, over reconnections. @param {string} topic */
  join(topic) { return this.#topics.join(topic); }
  /** Stop following a topic. @param {string} topic */
  leave(topic) { this.#topics.leave(topic); }
  /** Show what one is doing; said again after each reconnection, until it is changed.
   * @param {string} topic @param {string | null} doing */
  setPresence(topic, doing = null, { away = false } = {}) { this.#topics.show(topic, doing, away); }
  // Each of these returns a function that takes the listener off again.
  /** @param {OnPush} listener */
  onPush(listener) { return this.#topics.onPush(listener); }
  /** @param {OnSnapshot} listener */
  onSnapshot(listener) { return this.#topics.onSnapshot(listener); }
  /** @param {OnPresence} listener */
  onPresence(listener) { return this.#topics.onPresence(listener); }
  /** @param {(state: State) => any} listener */
  onState(listener) { return this.#states.add(listener); }
  /** Hear of every answer, also to what an earlier page had queued.
   * @param {(command: Kept, ok: any, refused: Error | null) => any} listener */
  onAnswer(listener) { return this.#queue.onAnswer.add(listener); }
  /** Hear when something that was no call was refused.
   * @param {(refused: Refused, topic: string | null) => any} listener */
  onProblem(listener) { return this.#house.onProblem.add(listener); }

  /** @param {Message} wish @param {{to?: string, madeAt?: Date, id?: string, backDated?: boolean}} [how] */
  async #ask(wish, { to, madeAt, id, backDated = false } = {}) {
    if (this.#stopped) throw this.#stopped;
    if (typeof wish?.type !== "string") throw new TypeError("What is asked needs a `type`, such as 'moods.log'.");
    const answer = this.#queue.add({
      id: id ?? uuid7(this.now().getTime()),
      do: structuredClone(wish), // What the caller changes later is not what was asked.
      to: to ?? null,
      made_at: (madeAt ?? new Date(this.#house.clock.now())).toISOString(),
      dated: madeAt ? "always" : backDated ? "late" : "never",
      user_id: this.userId,
    });
    this.#flushSoon();
    return answer;
  }

  // Its life: one connection after the other, until it is closed or told to stop.

  /** @param {State} state */
  #enter(state) {
    this.state = state;
    this.#states.tell(state);
  }

  #start() {
    this.#stopped = null;
    this.#tries = 0;
    this.#renewDue = this.#isRenewed = false;
    this.#topics.end(null);
    globalThis.addEventListener?.("online", this.#nudge);
    globalThis.document?.addEventListener("visibilitychange", this.#nudge);
    if (this.#isCut) this.#stayAway();
    else this.#connect();
  }

  #stayAway() {
    this.#dropSocket();
    this.#enter({ name: "waiting", reason: "cut" });
  }

  /** Forget the socket: what still comes from it counts for nothing. @returns {number} The next attempt. */
  #dropSocket() {
    const socket = this.#socket;
    this.#socket = null;
    this.#house.clock.clearTimeout(this.#timer);
    this.#house.clock.clearTimeout(this.#flushTimer);
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    return ++this.#attempt;
  }

  async #connect() {
    const attempt = this.#dropSocket();
    this.#retryAfterMs = 0;
    this.#openedMs = NaN;
    const late = () => this.#end(attempt, LOST, `no welcome within ${this.#openWithinS} s`);
    this.#timer = this.#house.clock.setTimeout(late, this.#openWithinS * 1000);
    this.#enter({ name: "connecting" });
    try {
      const secrets = await this.#fetchSecrets(attempt);
      if (attempt === this.#attempt) this.#converse(attempt, secrets);
    } catch (/** @type {any} */ problem) {
      // A lasting Refused says that the person is signed out; all else may pass, like a network.
      const lasting = problem instanceof Refused && !problem.temporary;
      if (lasting) this.#end(attempt, UNAUTHENTICATED, problem.code, { mayRenew: false });
      else this.#end(attempt, LOST, `the connection could not be opened: ${problem}`);
    }
  }

  /** @param {number} attempt */
  async #fetchSecrets(attempt) {
    if (this.#ticket) return { ticket: await fetched(this.#ticket) };
    if (!this.#renewDue || !this.#renew) return { token: await fetched(this.#token) };
    const token = await this.#renew();
    if (attempt === this.#attempt) {
      this.#renewDue = false;
      if (typeof this.#token !== "function") this.#token = token;
    }
    return { token };
  }

  /** @param {number} attempt @param {{token?: string, ticket?: string}} secrets */
  #converse(attempt, secrets) {
    const socket = (this.#socket = this.#openSocket(this.#url, SUBPROTOCOL));
    socket.onopen = () => {
      const resume = this.#topics.resume(this.#queue.limits.topics_max);
      socket.send(JSON.stringify({ type: "hello", ...secrets, client: this.#info, resume }));
    };
    socket.onmessage = ({ data }) => this.#receive(attempt, data);
    socket.onclose = ({ code, reason }) => this.#end(attempt, code, reason || "the connection was lost");
    socket.onerror = () => {}; // A close follows. Some WebSockets throw what nobody listens for.
  }

  /** A connection has ended, or could not begin. @param {number} attempt @param {number} code @param {string} reason */
  #end(attempt, code, reason, { mayRenew = true } = {}) {
    if (attempt !== this.#attempt) return;
    this.#dropSocket();
    const canRenew = mayRenew && !this.#isRenewed && (this.#renew || typeof this.#ticket === "function");
    if (code === UNAUTHENTICATED && canRenew) {
      this.#renewDue = this.#isRenewed = true;
    } else if (STOPPING_LIBRARY_CODES.includes(code) || code >= STOPS_FROM) {
      this.#stop(new Closed(reason, code));
      return;
    }
    if (this.#house.clock.elapsed() - this.#openedMs >= STABLE_MS) this.#tries = 0;
    const waitMs = backoffMs(this.#tries++, this.#house.random, this.#retryAfterMs);
    this.#timer = this.#house.clock.setTimeout(() => this.#connect(), waitMs);
    this.#enter({ name: "waiting", reason, code, retryInS: waitMs / 1000 });
  }

  /** @param {Closed} why */
  #stop(why) {
    this.#dropSocket();
    this.#stopped = why;
    globalThis.removeEventListener?.("online", this.#nudge);
    globalThis.document?.removeEventListener("visibilitychange", this.#nudge);
    this.#queue.stop(why);
    this.#topics.end(why);
    this.#enter({ name: "closed", reason: why.reason, code: why.code });
  }

  // One connection's conversation.

  /** @param {number} attempt @param {string} data */
  #receive(attempt, data) {
    this.#heardMs = this.#house.clock.elapsed();
    try {
      for (const frame of [JSON.parse(data)].flat()) {
        if (attempt !== this.#attempt) return; // A listener has closed or cut it.
        this.#take(attempt, frame);
      }
    } catch (problem) {
      this.#end(attempt, LOST, `the server sent what is no frame: ${problem}`);
    }
    this.#flushSoon();
  }

  /** @param {number} attempt @param {any} frame */
  #take(attempt, frame) {
    if (frame.now) this.#queue.clockAheadMs = Date.parse(frame.now) - this.#house.clock.now();
    if (frame.type === "welcome") this.#welcome(attempt, frame);
    else if (frame.type === "bye") this.#bye(attempt, frame);
    else if (frame.type === "reply") this.#queue.receive(frame);
    else this.#topics.receive(frame);
  }

  /** @param {number} attempt @param {{user_id: string, heartbeat_s: number, limits: typeof LIMITS}} welcome */
  #welcome(attempt, { user_id, heartbeat_s, limits }) {
    if (this.userId !== null && this.userId !== user_id) {
      const reason = "this token is another person's; make another client for them";
      this.#end(attempt, UNAUTHENTICATED, reason, { mayRenew: false });
      return;
    }
    this.userId = user_id;
    this.#isRenewed = false;
    this.#openedMs = this.#house.clock.elapsed();
    this.#silenceMsMax = heartbeat_s * SILENCE_BEATS_MAX * 1000;
    this.#queue.begin(limits, user_id);
    this.#topics.welcomed(user_id);
    this.#watch(attempt);
    this.#enter({ name: "open" });
  }

  /** The server is about to close. @param {number} attempt @param {{retry_after_ms?: number}} bye */
  #bye(attempt, { retry_after_ms }) {
    this.#retryAfterMs = retry_after_ms ?? 0;
    this.#silenceMsMax = CLOSED_WITHIN_MS;
    this.#watch(attempt);
  }

  /** Listen for silence. @param {number} attempt */
  #watch(attempt) {
    this.#house.clock.clearTimeout(this.#timer);
    const silentMs = this.#house.clock.elapsed() - this.#heardMs;
    if (silentMs >= this.#silenceMsMax) this.#end(attempt, LOST, `nothing was heard for ${silentMs / 1000} s`);
    else this.#timer = this.#house.clock.setTimeout(() => this.#watch(attempt), this.#silenceMsMax - silentMs);
  }

  /** Send what is due once this task is over, so that what belongs together travels together. */
  #flushSoon() {
    if (!this.#flushDue) queueMicrotask(() => this.#flush());
    this.#flushDue = true;
  }

  #flush() {
    this.#flushDue = false;
    if (this.state.name !== "open") return;
    const { clock } = this.#house;
    clock.clearTimeout(this.#flushTimer);
    const [topics, calls] = [this.#topics.take(), this.#queue.take()];
    for (const message of packed([...topics.frames, ...calls.frames], this.#queue.limits)) this.#socket?.send(message);
    const againMs = Math.min(topics.againMs, calls.againMs);
    if (againMs === Infinity) return;
    this.#flushTimer = clock.setTimeout(() => this.#flushSoon(), Math.max(0, againMs - clock.elapsed()));
  }
}

// ------------------------------------------------------------------------------------------------------ what it raises

/** The server understood and did not grant it; `code` and `facts` are for the program. */
export class Refused extends Error {
  name = "Refused";
  /** @param {RefusedBody} body */
  constructor({ code, message, facts = {}, temporary = false }) {
    super(message);
    this.code = code;
    this.facts = facts;
    this.temporary = temporary;
  }
}

/** The client has stopped; what was asked stays queued under its id for the next `connect`. */
export class Closed extends Error {
  name = "Closed";
  /** @param {string} reason @param {number} [code] */
  constructor(reason, code) {
    super(`The client is closed: ${reason}` + (code ? ` (${code})` : ""));
    this.reason = reason;
    this.code = code;
  }
}

/** As many commands wait as may wait; this one was not taken. */
export class QueueFull extends Error { name = "QueueFull"; }
/** The command is larger than a frame may be; it was not sent. */
export class TooLarge extends Error { name = "TooLarge"; }
/** The topic is not followed any more; nothing comes from it. */
export class Left extends Error { name = "Left"; }
/** What was waited for did not come in the time that was given. */
export class TimedOut extends Error { name = "TimedOut"; }

// -------------------------------------------------------------------------------------------------------------- topics

/** What was heard of one topic, or of all. */
class Heard {
  /** @internal */ pushes = new Listeners();
  /** @internal */ snapshots = new Listeners();
  /** @internal */ presences = new Listeners();
  /** @param {OnPush} listener */
  onPush(listener) { return this.pushes.add(listener); }
  /** @param {OnSnapshot} listener */
  onSnapshot(listener) { return this.snapshots.add(listener); }
  /** @param {OnPresence} listener */
  onPresence(listener) { return this.presences.add(listener); }
}

/** A topic that is followed, over every reconnection, until it is left or refused.
 *
 * Only the push right behind the last one is applied. A hole in what comes live makes the topic be
 * asked for again from the last position; a hole in the answer to that, from no position, so that a
 * snapshot comes. So a hole is never passed over, and never asked for twice alike. */
export class Subscription extends Heard {
  /** The position of the last push or snapshot that was applied. @type {string | null} */ pos = null;
  /** Whether all that had happened when it was last joined has come. */ caughtUp = false;
  /** The last one that came. @type {{state: Object<string, any>, pos: string} | null} */ snapshot = null;
  /** @internal Whether a join is to be sent, not before `notBeforeMs`. */ joinDue = true;
  /** @internal */ notBeforeMs = 0;
  /** @internal */ tries = 0;
  /** @internal Whether this socket follows it, as far as is known here. */ onWire = false;
  /** @type {Set<string>} Who is there, as far as was heard. */ #there = new Set();
  /** @type {Set<string>} Whose presence came since it was last asked for. */ #named = new Set();
  /** @internal When who was not named by then is gone. */ absencesDueMs = Infinity;
  #topics;
  #fromNothing = true;
  #snapshotWanted = false;
  /** @type {string | null} */ #head = null;
  /** @type {Set<Deferred>} */ #waiting = new Set();
  /** @type {Error | null} */ #ended = null;

  /** @param {string} topic @param {Topics} topics */
  constructor(topic, topics) {
    super();
    this.topic = topic;
    this.#topics = topics;
  }

  /** Wait until it is caught up. Rejects with Refused, TimedOut, Left or Closed.
   * @returns {Promise<Subscription>} */
  ready(timeoutS = 30) {
    const joined = new Deferred();
    if (this.#ended) joined.reject(this.#ended);
    else if (this.caughtUp) joined.resolve(this);
    else this.#waiting.add(joined);
    return unwatched(joined.within(this.#topics.house.clock, timeoutS, `The end of joining ${this.topic}`)
      .finally(() => this.#waiting.delete(joined)));
  }

  /** Stop following. */
  leave() {
    this.#topics.leave(this.topic);
  }

  /** Ask for a snapshot, for instance to draw a page anew. */
  refresh() {
    this.#snapshotWanted = true;
    this.askAgain();
  }

  /** @internal Where to ask from. */
  get resumePos() {
    return this.#snapshotWanted ? null : this.pos;
  }

  /** @internal It is to be asked for, as after a hole or on a new socket. */
  askAgain(notBeforeMs = 0) {
    this.caughtUp = false;
    this.#head = null;
    this.#fromNothing = this.resumePos === null;
    this.joinDue = true;
    this.notBeforeMs = notBeforeMs;
    this.#topics.house.wake();
  }

  /** @internal The socket follows it from here on. */
  asked() {
    this.onWire = true;
    this.joinDue = false;
    this.absencesDueMs = Infinity;
    this.#named.clear();
  }

  /** @internal @param {Presence} presence */
  receivePresence(presence) {
    this.#named.add(presence.user_id);
    if (presence.status === "offline") this.#there.delete(presence.user_id);
    else this.#there.add(presence.user_id);
    for (const heard of [this, this.#topics]) heard.presences.tell(presence);
  }

  get #unnamed() { return [...this.#there].filter((userId) => !this.#named.has(userId)); }

  /** @internal Those are gone who were there and were not named since it was last asked for. */
  absences() {
    this.absencesDueMs = Infinity;
    return this.#unnamed.map((userId) => ({ type: "presence", topic: this.topic, user_id: userId, status: "offline" }));
  }

  /** @internal @param {{topic: string, pos: string, at: string, event: Message}} push */
  receivePush({ topic, pos, at, event }) {
    const steps = stepsTo(this.pos, pos);
    if (steps > 1 && this.caughtUp) this.askAgain();
    if (steps !== 1) return;
    this.pos = pos;
    for (const heard of [this, this.#topics]) heard.pushes.tell(event, topic, pos, new Date(at));
  }

  /** @internal @param {{topic: string, pos: string, state: Object<string, any>}} snapshot */
  receiveSnapshot({ topic, pos, state }) {
    this.pos = pos;
    this.snapshot = { state, pos };
    this.#snapshotWanted = false;
    for (const heard of [this, this.#topics]) heard.snapshots.tell(state, topic, pos);
  }

  /** @internal @param {{pos: string}} joined Everything up to there has been sent; who is not named soon is gone. */
  receiveJoined({ pos }) {
    const behind = stepsTo(this.pos, pos) > 0;
    if (behind && !this.#fromNothing) {
      this.refresh();
      return;
    }
    if (behind) this.pos = pos;
    this.caughtUp = true;
    this.#snapshotWanted = false;
    this.tries = 0;
    if (this.#unnamed.length) this.absencesDueMs = this.#topics.house.clock.elapsed() + ABSENT_AFTER_MS;
    this.#topics.house.wake();
    for (const joined of this.#waiting) joined.resolve(this);
  }

  /** @internal A push may be on its way when its head is named, so being behind counts from the next
   * heartbeat on. @param {string} [head] */
  receiveHead(head) {
    if (this.caughtUp && this.#head && stepsTo(this.pos, this.#head) > 0) this.askAgain();
    else this.#head = head && stepsTo(this.pos, head) > 0 ? head : null;
  }

  /** @internal @param {Error | null} why Nothing more comes; null: it may come again. */
  end(why) {
    this.#ended = why;
    if (why) for (const joined of this.#waiting) joined.reject(why);
  }
}

/** Subscriptions by topic, what is to be sent for them, and what one shows of oneself there. */
class Topics extends Heard {
  /** @type {Map<string, Subscription>} */ #all = new Map();
  /** @type {Set<string>} */ #toLeave = new Set();
  /** @type {Map<string, string>} The presence frames by topic. */ #shown = new Map();
  /** @type {Set<string>} */ #toShow = new Set();

  /** @param {House} house */
  constructor(house) {
    super();
    this.house = house;
  }

  /** @param {string} topic @returns {Subscription} */
  join(topic) {
    const subscription = this.#all.get(topic) ?? new Subscription(topic, this);
    this.#all.set(topic, subscription);
    this.house.wake();
    return subscription;
  }

  /** @param {string} topic @param {Error} [why] */
  leave(topic, why = new Left(`${topic} was left.`)) {
    const subscription = this.#all.get(topic);
    this.#shown.delete(topic);
    this.#toShow.delete(topic);
    if (!subscription) return;
    this.#all.delete(topic);
    if (subscription.onWire) this.#toLeave.add(topic);
    subscription.end(why);
    this.house.wake();
  }

  /** @param {string} topic @param {string | null} doing @param {boolean} away */
  show(topic, doing, away) {
    this.#shown.set(topic, JSON.stringify({ type: "presence", topic, doing: doing ?? undefined, away }));
    if (this.#all.get(topic)?.caughtUp ?? true) this.#toShow.add(topic);
    this.house.wake();
  }

  /** Begin anew on a new socket: the positions to say hello with. @param {number} topicsMax */
  resume(topicsMax) {
    this.#toLeave.clear();
    // What is shown in a topic that is followed waits until it is caught up.
    this.#toShow = new Set([...this.#shown.keys()].filter((topic) => !this.#all.has(topic)));
    for (const subscription of this.#all.values()) subscription.askAgain();
    const known = [...this.#all.values()].filter((subscription) => subscription.resumePos !== null);
    const resumed = known.slice(0, topicsMax);
    this.#follow(resumed);
    return Object.fromEntries(resumed.map((subscription) => [subscription.topic, subscription.resumePos]));
  }

  /** The socket follows these from here on. @param {Subscription[]} subscriptions */
  #follow(subscriptions) {
    for (const subscription of subscriptions) subscription.asked();
  }

  /** Tell who has not been named in time. @param {number} nowMs */
  #tellAbsences(nowMs) {
    const due = [...this.#all.values()].filter((subscription) => subscription.absencesDueMs <= nowMs);
    for (const gone of due.flatMap((subscription) => subscription.absences())) this.receive(gone);
  }

  /** Follow what the server joins by itself. @param {string} userId */
  welcomed(userId) {
    this.#follow([this.join(`user/${userId}`), this.join("announcements")]);
  }

  /** Take what is to be sent now, and tell when to look again. @returns {{frames: string[], againMs: number}} */
  take() {
    const nowMs = this.house.clock.elapsed();
    this.#tellAbsences(nowMs);
    const due = [...this.#all.values()].filter((subscription) => subscription.joinDue);
    const ripe = due.filter((subscription) => subscription.notBeforeMs <= nowMs);
    this.#follow(ripe);
    const frames = [
      ...[...this.#toLeave].map((topic) => JSON.stringify({ type: "leave", topic })),
      ...ripe.map(({ topic, resumePos }) => JSON.stringify({ type: "join", topic, pos: resumePos ?? undefined })),
      ...[...this.#shown].filter(([topic]) => this.#toShow.has(topic)).map(([, frame]) => frame),
    ];
    this.#toLeave.clear();
    this.#toShow.clear();
    const later = due.filter((subscription) => !ripe.includes(subscription));
    const absences = [...this.#all.values()].map((subscription) => subscription.absencesDueMs);
    return { frames, againMs: Math.min(...absences, ...later.map((subscription) => subscription.notBeforeMs)) };
  }

  /** @param {any} frame Anything from the server that is about topics. */
  receive(frame) {
    const subscription = this.#all.get(frame.topic);
    if (frame.type === "problem") this.#receiveProblem(new Refused(frame.refused), subscription, frame.topic);
    if (frame.type === "heartbeat") {
      for (const [topic, followed] of this.#all) followed.receiveHead(frame.heads?.[topic]);
    }
    if (!subscription) return; // It is not about one, or that was left while this was on its way.
    if (frame.type === "push") subscription.receivePush(frame);
    if (frame.type === "snapshot") subscription.receiveSnapshot(frame);
    if (frame.type === "presence") subscription.receivePresence(frame);
    if (frame.type === "joined") {
      subscription.receiveJoined(frame);
      if (subscription.caughtUp && this.#shown.has(frame.topic)) this.#toShow.add(frame.topic);
    }
  }

  /** Try a refused join again while that may help; end its subscription when it may not. A lasting
   * one may also come later: somebody who has left may not read on.
   * @param {Refused} refused @param {Subscription} [subscription] @param {string} [topic] */
  #receiveProblem(refused, subscription, topic) {
    this.house.onProblem.tell(refused, topic ?? null);
    if (!subscription?.onWire || (refused.temporary && subscription.caughtUp)) return;
    subscription.onWire = false;
    if (refused.temporary && subscription.tries < this.house.triesMax) {
      const waitMs = backoffMs(subscription.tries++, this.house.random, refused.facts.retry_after_ms);
      subscription.askAgain(this.house.clock.elapsed() + waitMs);
    } else this.leave(subscription.topic, refused);
  }

  /** @param {Closed | null} why The client has stopped; null: it begins (again). */
  end(why) {
    for (const subscription of this.#all.values()) {
      subscription.askAgain();
      subscription.end(why);
    }
  }
}

/** How far the second position is ahead of the first; a generation is infinitely far from another.
 * @param {string | null} from @param {string} to */
function stepsTo(from, to) {
  if (from === null) return 1;
  const [[generation, number], [toGeneration, toNumber]] = [from, to].map((pos) => pos.split(".").map(Number));
  return generation === toGeneration ? toNumber - number : toGeneration > generation ? Infinity : -Infinity;
}

// ----------------------------------------------------------------------------------------------- the queue of commands

/** @typedef {{kept: Kept, answer: Deferred | null, onWire: boolean, tries: number}} Command */

/** All commands that are not answered, in the order in which they were asked. While one waits to be
 * tried again nothing else goes out, so that nothing overtakes it; only what was on its way already is
 * not called back. Whoever needs strict order over refusals waits for each answer before the next. */
class CommandQueue {
  /** @type {Map<string, Command>} */ #commands = new Map();
  #house; #keeping; #pace;
  #holdUntilMs = 0;
  /** @type {string | null} Whose socket is open. */ #userId = null;
  limits = LIMITS;
  clockAheadMs = 0;
  onAnswer = new Listeners();

  /** @param {House} house */
  constructor(house) {
    this.#house = house;
    this.#pace = new Pace(this.limits, house.clock.elapsed());
    this.#keeping = new Keeping(house, () => this.kept);
    this.#keeping.load((saved) => this.#restore(saved));
  }

  /** Put what was saved before what was asked while it was being loaded. @param {Kept[]} saved */
  #restore(saved) {
    const asked = this.#commands;
    this.#commands = new Map(saved.map((kept) => [kept.id, { kept, answer: null, onWire: false, tries: 0 }]));
    for (const [id, command] of asked) this.#commands.set(id, command);
    this.#claim();
    this.#house.wake();
  }

  /** Fulfilled when the store has everything. @returns {Promise<void>} */
  saved() {
    return this.#keeping.done;
  }

  get kept() {
    return [...this.#commands.values()].map((command) => command.kept);
  }

  /** Put a command at the end; under an id that waits already the same wish shares its answer.
   * @param {Kept} kept @returns {Promise<any>} */
  add(kept) {
    const same = this.#commands.get(kept.id);
    if (same) {
      const [wish, sameWish] = [kept, same.kept].map((one) => JSON.stringify([one.do, one.to]));
      if (wish === sameWish) return (same.answer ??= new Deferred()).promise;
      throw new Refused({ code: "id_reused", message: "This id waits already, for something else." });
    }
    if (this.#commands.size >= this.#house.queueMax) {
      throw new QueueFull(`${this.#house.queueMax} commands wait already; connect, or wait for their answers.`);
    }
    // Measured with `made_at`, which a later sending may add.
    this.#checkSize(callOf({ ...kept, dated: "always" }, 0, 0));
    const answer = new Deferred();
    this.#commands.set(kept.id, { kept, answer, onWire: false, tries: 0 });
    this.#keeping.soon();
    return answer.promise;
  }

  /** @param {string} frame */
  #checkSize(frame) {
    const [bytes, bytesMax] = [bytesOf(frame) + 2, this.limits.frame_bytes_max];
    if (bytes > bytesMax) throw new TooLarge(`The command has ${bytes} bytes, a frame at most ${bytesMax}.`);
  }

  /** A socket of this person is open: everything is to be sent (again), within its limits.
   * @param {typeof LIMITS} limits @param {string} userId */
  begin(limits, userId) {
    const isNews = JSON.stringify(limits) !== JSON.stringify(this.limits);
    if (isNews) this.#pace = new Pace(limits, this.#house.clock.elapsed());
    this.limits = limits;
    this.#userId = userId;
    for (const command of this.#commands.values()) command.onWire = false;
    this.#claim();
  }

  /** What nobody is named for is this person's; what another has asked on this device is not sent. */
  #claim() {
    if (this.#userId === null) return;
    for (const command of [...this.#commands.values()]) {
      command.kept.user_id ??= this.#userId;
      if (command.kept.user_id === this.#userId) continue;
      const message = "Somebody else asked this on this device; it was not sent.";
      this.#settle(command, null, new Refused({ code: "other_person", message }));
    }
    this.#keeping.soon();
  }

  /** Take the calls that may go out now, and tell when to look again.
   * @returns {{frames: string[], againMs: number}} */
  take() {
    const nowMs = this.#house.clock.elapsed();
    /** @type {string[]} */
    const frames = [];
    if (this.#keeping.isLoading) return { frames, againMs: Infinity }; // What was saved goes first.
    if (nowMs < this.#holdUntilMs) return { frames, againMs: this.#holdUntilMs };
    const all = [...this.#commands.values()];
    let flying = all.filter((command) => command.onWire).length;
    for (const command of all) {
      if (command.onWire) continue;
      if (flying >= this.limits.calls_in_flight_max) break;
      const fromMs = this.#pace.take(nowMs);
      if (fromMs > nowMs) return { frames, againMs: fromMs };
      const frame = callOf(command.kept, this.#house.clock.now(), this.clockAheadMs);
      try {
        this.#checkSize(frame);
        frames.push(frame);
        command.onWire = true;
        flying += 1;
      } catch (tooLarge) { // It was measured when it was asked; this server's limit is smaller.
        this.#settle(command, null, tooLarge);
      }
    }
    return { frames, againMs: Infinity };
  }

  /** Take an answer in. @param {{id: string, ok?: any, refused?: RefusedBody}} reply */
  receive({ id, ok = null, refused }) {
    const command = this.#commands.get(id);
    if (!command) return;
    if (!refused?.temporary || command.tries >= this.#house.triesMax) {
      this.#settle(command, ok, refused ? new Refused(refused) : null);
      return;
    }
    if (!command.onWire) return; // It waits to be tried again already.
    const waitMs = backoffMs(command.tries++, this.#house.random, refused.facts?.retry_after_ms);
    this.#holdUntilMs = Math.max(this.#holdUntilMs, this.#house.clock.elapsed() + waitMs);
    if (refused.code === "rate_limited") this.#pace.left = 0;
    command.onWire = false;
  }

  /** @param {Command} command @param {any} ok @param {any} refused */
  #settle(command, ok, refused) {
    this.#commands.delete(command.kept.id);
    this.#keeping.soon();
    if (refused) command.answer?.reject(refused);
    else command.answer?.resolve(ok);
    this.onAnswer.tell(command.kept, ok, refused);
  }

  /** Tell all who wait that no answer comes now; the commands stay. @param {Closed} why */
  stop(why) {
    for (const command of this.#commands.values()) {
      command.onWire = false;
      command.answer?.reject(why);
      command.answer = null;
    }
  }
}

/** The call as it goes out at this moment. @param {Kept} kept @param {number} nowMs @param {number} clockAheadMs */
function callOf({ id, to, do: wish, made_at, dated }, nowMs, clockAheadMs) {
  const madeMs = Date.parse(made_at);
  const said = dated === "always" ? made_at
    : dated === "late" && nowMs - madeMs > LATE_MS ? new Date(madeMs + clockAheadMs).toISOString() : undefined;
  return JSON.stringify({ type: "call", id, to: to ?? undefined, made_at: said, do: wish });
}

/** @param {string} text */
const bytesOf = (text) => new TextEncoder().encode(text).length;

/** Put frames into as few WebSocket messages as the limits allow, in order.
 * @param {string[]} frames @param {typeof LIMITS} limits */
function packed(frames, limits) {
  /** @type {string[][]} */
  const lists = [];
  let size = Infinity;
  for (const frame of frames) {
    const bytes = bytesOf(frame) + 1;
    const last = lists.at(-1);
    if (last && last.length < limits.frame_messages_max && size + bytes <= limits.frame_bytes_max) last.push(frame);
    else lists.push([frame]);
    size = lists.at(-1) === last ? size + bytes : bytes + 2;
  }
  return lists.map((list) => (list.length === 1 ? list[0] : `[${list.join(",")}]`));
}

/** A bucket of calls, so many at once and so many a second: the server refuses what comes faster. */
class Pace {
  /** @param {typeof LIMITS} limits @param {number} nowMs */
  constructor(limits, nowMs) {
    this.perMs = limits.calls_per_s_max / 1000;
    this.left = this.burst = limits.calls_burst_max;
    this.atMs = nowMs;
  }
  /** Take one call out; tells when there will be one if there is none. @param {number} nowMs */
  take(nowMs) {
    this.left = Math.min(this.burst, this.left + (nowMs - this.atMs) * this.perMs);
    this.atMs = nowMs;
    if (this.left < 1 - 1e-6) return nowMs + (1 - this.left) / this.perMs;
    this.left -= 1;
    return nowMs;
  }
}

// ----------------------------------------------------------------------------------------------- where a queue is kept

/** Keep a queue in the browser, under one key for each person (and each tab, where several may be
 * open: two queues under one key would overwrite each other). @param {string} key @returns {QueueStore} */
export function storeIn(key, storage = localStorage) {
  return {
    load: () => JSON.parse(storage.getItem(key) ?? "[]"),
    save: (commands) => storage.setItem(key, JSON.stringify(commands)),
  };
}

/** Loads a queue from its store, and saves one list at a time; a store may take its time (IndexedDB,
 * a file) or answer at once (localStorage). One that fails is reported, and costs no command. */
class Keeping {
  #house; #listed;
  #due = false;
  isLoading = false;
  /** Fulfilled when all that had changed is saved. @type {Promise<void>} */ done = Promise.resolve();

  /** @param {House} house @param {() => Kept[]} listed */
  constructor(house, listed) {
    this.#house = house;
    this.#listed = listed;
  }

  /** @param {(saved: Kept[]) => void} restore */
  load(restore) {
    /** @param {any} saved */
    const use = (saved) => {
      this.isLoading = false;
      const all = [saved].flat();
      const kept = all.filter((one) => one?.id && one.do?.type);
      if (kept.length < all.length) this.#failed("it held what is no command, which was left out");
      restore(kept);
    };
    /** @param {any} problem */
    const failed = (problem) => {
      this.#failed(problem);
      use([]);
    };
    try {
      const saved = this.#house.store?.load() ?? [];
      if (!("then" in saved)) return use(saved);
      this.isLoading = true;
      this.done = saved.then(use, failed);
    } catch (problem) {
      failed(problem);
    }
  }

  /** Save once this task is over, and once what is being saved is, however much has changed in it. */
  soon() {
    if (this.#due || !this.#house.store) return;
    this.#due = true;
    this.done = this.done.then(() => this.#save());
  }

  async #save() {
    this.#due = false;
    try {
      await this.#house.store?.save(this.#listed());
    } catch (problem) {
      this.#failed(problem);
    }
  }

  /** @param {any} problem */
  #failed(problem) {
    const message = `The queue could not be kept: ${problem}`;
    const refused = new Refused({ code: "not_saved", message, temporary: true });
    // Whoever has just made the client has not had a moment to listen yet.
    queueMicrotask(() => this.#house.onProblem.tell(refused, null));
  }
}

// --------------------------------------------------------------------------------------------------------------- tools

/** Make a time-ordered identifier (RFC 9562, UUIDv7). @param {number} nowMs */
export function uuid7(nowMs = Date.now()) {
  const time = Math.floor(nowMs).toString(16).padStart(12, "0");
  const random = crypto.getRandomValues(new Uint16Array(5));
  random[0] = (random[0] & 0x0fff) | 0x7000;
  random[1] = (random[1] & 0x3fff) | 0x8000;
  const [version, variant, ...tail] = Array.from(random, (part) => part.toString(16).padStart(4, "0"));
  return [time.slice(0, 8), time.slice(8), version, variant, tail.join("")].join("-");
}

/** A wait below 0.1 s · 2^tries, at most 20 s, on top of what the server asked for. All of it is
 * jitter, so that of a thousand clients that were cut at once no two come back together.
 * @param {number} tries @param {() => number} random @param {any} askedMs */
const backoffMs = (tries, random, askedMs) =>
  (Number(askedMs) || 0) + random() * Math.min(BACKOFF_LONGEST_MS, BACKOFF_FIRST_MS * 2 ** tries);

/** Where a socket is, whether the address is whole or relative to the page. @param {string} url */
function socketUrl(url) {
  const whole = new URL(url, globalThis.location?.href);
  if (whole.protocol === "http:" || whole.protocol === "https:") whole.protocol = whole.protocol.replace("http", "ws");
  if (whole.protocol === "ws:" || whole.protocol === "wss:") return whole.href;
  throw new TypeError(`A socket's address begins with ws:// or wss://, not with ${whole.protocol}`);
}

/** @param {string | Fetch | undefined} secret */
const fetched = (secret) => (typeof secret === "function" ? secret() : secret);

/** @param {string} url @param {string} subprotocol */
const openWebSocket = (url, subprotocol) => new WebSocket(url, subprotocol);

/** Whoever does not look at a promise is not troubled by what it is rejected with.
 * @template T @param {Promise<T>} promise */
function unwatched(promise) {
  promise.catch(() => {});
  return promise;
}

/** Functions that are called with the same arguments, in the order they were added. */
class Listeners {
  /** @type {Set<{call: (...args: any[]) => any}>} */
  #all = new Set();
  /** @param {(...args: any[]) => any} listener @returns {() => void} Takes it off again. */
  add(listener) {
    const own = { call: listener };
    this.#all.add(own);
    return () => void this.#all.delete(own);
  }
  /** Call them all; one that throws keeps nothing from the others. @param {any[]} args */
  tell(...args) {
    for (const { call } of [...this.#all]) {
      try {
        call(...args);
      } catch (problem) {
        console.error("a listener of the Tandem client failed:", problem);
      }
    }
  }
}

/** A promise that is settled from outside. */
class Deferred {
  /** @type {(value: any) => void} */ resolve = () => {};
  /** @type {(why: Error) => void} */ reject = () => {};
  /** @type {Promise<any>} */
  promise = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
  constructor() { unwatched(this.promise); }
  /** Reject after a time. @param {Clock} clock @param {number} timeoutS @param {string} what */
  within(clock, timeoutS, what) {
    const late = () => this.reject(new TimedOut(`${what} did not come within ${timeoutS} s.`));
    const timer = clock.setTimeout(late, timeoutS * 1000);
    return this.promise.finally(() => clock.clearTimeout(timer));
  }
}
