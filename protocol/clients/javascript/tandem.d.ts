// The types of tandem.js, over those of the messages, which are generated.

import type { Answer, AnswerTo, Ask, Event, Presence, Snapshots, TopicEvents } from "../../generated/tandem.js";

/** A secret, fetched anew. */
export type Fetch = () => string | Promise<string>;
/** Takes a listener off again. */
export type Off = () => void;
/** The kind of a topic: `relationship` of `relationship/0199…`. */
export type KindOf<T extends string> =
  T extends keyof Snapshots ? T
  : T extends `${infer K extends keyof Snapshots}/${string}` ? K
  : keyof Snapshots;
type EventIn<K extends keyof Snapshots> = K extends keyof TopicEvents ? TopicEvents[K] : Event;
export type OnPush<E = Event> = (event: E, topic: string, pos: string, at: Date) => unknown;
export type OnSnapshot<S = Snapshots[keyof Snapshots]> = (state: S, topic: string, pos: string) => unknown;
export type OnPresence = (presence: Presence) => unknown;

/** How a client stands to the server. */
export interface State {
  readonly name: "connecting" | "open" | "waiting" | "closed";
  readonly reason?: string;
  /** The close code, where a socket was closed. */
  readonly code?: number;
  /** When it connects again, while waiting. */
  readonly retryInS?: number;
}

/** A command as a store keeps it. */
export interface Kept {
  readonly id: string;
  readonly do: Ask;
  readonly to: string | null;
  readonly made_at: string;
  readonly user_id: string | null;
  /** Whether `made_at` goes out with it. */
  readonly dated: "never" | "late" | "always";
}

/** Keeps one person's queue, so that it outlives the page; at once or in its own time. */
export interface QueueStore {
  load(): Kept[] | Promise<Kept[]>;
  /** Keep this list in the place of the last one. */
  save(commands: Kept[]): unknown;
}

/** Time, for tests: milliseconds since 1970, and since some moment. */
export interface Clock {
  now(): number;
  elapsed(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface ClientOptions {
  /** The access token; a function is called for each connection. */
  token?: string | Fetch;
  /** Fetches another token, once, when the server does not take the one it is shown. */
  renew?: Fetch;
  /** In the place of a token; a function is called for each connection. */
  ticket?: string | Fetch;
  name?: string;
  version?: string;
  store?: QueueStore;
  /** How many commands may wait; 1000. */
  queueMax?: number;
  /** How often a call is sent again after a temporary refusal; 5. */
  triesMax?: number;
  /** How long a connection may take to be welcomed; 10. */
  openWithinS?: number;
  clock?: Clock;
  random?: () => number;
  /** For where `WebSocket` is not global. */
  openSocket?: (url: string, subprotocol: string) => WebSocket;
}

export interface How {
  /** Whose actor; one's own when left out. */
  to?: string;
  /** When the person acted, where that was earlier and the command allows it. */
  madeAt?: Date;
  /** The id of an earlier try, to learn its outcome. */
  id?: string;
  /** Say when it was asked, if it goes out later than 5 s after. */
  backDated?: boolean;
}

/** One person's connection, for as long as the page wants it. */
export class Client {
  constructor(url: string, options?: ClientOptions);
  readonly state: State;
  readonly userId: string | null;
  readonly queued: Kept[];
  connect(timeoutS?: number): Promise<void>;
  close(): Promise<void>;
  cut(): void;
  restore(): void;
  reconnectNow(): void;
  until(names: State["name"][], timeoutS?: number): Promise<State>;
  now(): Date;
  ask<A extends Ask>(wish: A, how?: How): Promise<AnswerTo<A>>;
  join<T extends string>(topic: T): Subscription<KindOf<T>>;
  leave(topic: string): void;
  setPresence(topic: string, doing?: string | null, how?: { away?: boolean }): void;
  onPush(listener: OnPush): Off;
  onSnapshot(listener: OnSnapshot): Off;
  onPresence(listener: OnPresence): Off;
  onState(listener: (state: State) => unknown): Off;
  onAnswer(listener: (command: Kept, ok: Answer | null, refused: Error | null) => unknown): Off;
  onProblem(listener: (refused: Refused, topic: string | null) => unknown): Off;
}

/** A topic that is followed, over every reconnection, until it is left or refused. */
export class Subscription<K extends keyof Snapshots = keyof Snapshots> {
  private constructor();
  readonly topic: string;
  readonly pos: string | null;
  readonly caughtUp: boolean;
  readonly snapshot: { state: Snapshots[K]; pos: string } | null;
  ready(timeoutS?: number): Promise<this>;
  leave(): void;
  refresh(): void;
  onPush(listener: OnPush<EventIn<K>>): Off;
  onSnapshot(listener: OnSnapshot<Snapshots[K]>): Off;
  onPresence(listener: OnPresence): Off;
}

/** The server understood and did not grant it. */
export class Refused extends Error {
  constructor(body: { code: string; message: string; facts?: Record<string, unknown>; temporary?: boolean });
  readonly code: string;
  readonly facts: Record<string, unknown>;
  readonly temporary: boolean;
}

/** The client has stopped; what was asked stays queued under its id for the next `connect`. */
export class Closed extends Error {
  constructor(reason: string, code?: number);
  readonly reason: string;
  readonly code?: number;
}

/** As many commands wait as may wait; this one was not taken. */
export class QueueFull extends Error {}
/** The command is larger than a frame may be; it was not sent. */
export class TooLarge extends Error {}
/** The topic is not followed any more; nothing comes from it. */
export class Left extends Error {}
/** What was waited for did not come in the time that was given. */
export class TimedOut extends Error {}

/** Keep a queue in the browser, under one key for each person and tab. */
export function storeIn(key: string, storage?: Pick<Storage, "getItem" | "setItem">): QueueStore;
/** Make a time-ordered identifier (RFC 9562, UUIDv7). */
export function uuid7(nowMs?: number): string;
