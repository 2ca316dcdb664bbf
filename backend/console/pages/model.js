// @ts-check
/** What one phone knows: snapshots replace it, events change it, and whoever draws is told. */

import { dayOf } from "./days.js";
import { CheckIns } from "./merged.js";
import { told } from "./words.js";

/** @typedef {{user_id: string, name: string} & import("./days.js").Clock} Member */
/** @typedef {import("./merged.js").CheckIn} CheckIn */
/** @typedef {{mood_log_id: string, user_id: string, mood: string, mood_score: number, made_at: string}} Mood */
/** @typedef {{announcement_id: string, message: string, published_at: string}} Announcement */
/** @typedef {{pos: string, at: Date, text: string, by: string | null, isLate: boolean}} Told
 *   `isLate`: it happened while there was no connection. */

const NO_STREAK = { current_days: 0, best_days: 0, last_day: /** @type {string | null} */ (null) };
const STORY_MAX = 60;
const MOODS_MAX = 10;
const NOTIFICATIONS_MAX = 50;

export class Model {
  /** @type {string} */ name;
  /** @type {string | null} */ userId = null;
  /** @type {string | null} */ relationshipId = null;
  /** @type {Member[]} */ members = [];
  /** How it stands between the two; null while nobody has said. @type {"none" | "active" | "paused" | "ended" | null} */ standing = null;
  /** @type {string | null} Who paused, where this phone heard it. */ pausedBy = null;
  /** Whether the topic of the two has told how they are. */ isTold = false;
  /** @type {number | null} */ coins = null;
  unread = 0;
  /** @type {any[]} Newest first. */ notifications = [];
  checkIns = new CheckIns();
  streak = NO_STREAK;
  /** @type {Mood[]} Newest first. */ moods = [];
  /** @type {Told[]} Newest first. */ story = [];
  /** @type {any} */ presence = null;
  /** @type {Announcement | null} The newest. */ announcement = null;
  isOnline = false;
  /** @type {Told[]} What came late since the connection came back, in order. */ late = [];

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  get me() { return this.members.find((member) => member.user_id === this.userId) ?? null; }
  get partner() { return this.members.find((member) => member.user_id !== this.userId) ?? null; }
  /** @param {string | null} userId */
  nameOf(userId) { return this.members.find((member) => member.user_id === userId)?.name; }

  /** The check-in of a member for the day it is where they are; one's own whole, if that is known.
   * @param {Member | null} member @param {Date} now @returns {CheckIn | null} */
  todayOf(member, now) {
    if (!member) return null;
    const told = this.checkIns.on(member.user_id, dayOf(member, now));
    return told && member.user_id === this.userId ? (this.checkIns.wholeOf(told) ?? told) : told;
  }

  /** @param {Record<string, any>} state The person's own topic. */
  takeOwn(state) {
    this.#takeBalances(state.wallet?.balances ?? []);
    const { unread = 0, latest = [] } = state.inbox ?? {};
    this.unread = unread;
    this.notifications = [...latest];
    const all = state.relationships?.relationships ?? [];
    const ours = all.find((/** @type {any} */ one) => one.relationship_id === this.relationshipId);
    if (this.relationshipId && !ours) this.#end(); // While nobody here listened.
    this.#takeRelationship(ours ?? all.find((/** @type {any} */ one) => one.status === "active") ?? all[0]);
    this.standing ??= "none";
  }

  /** @param {Record<string, any>} state The topic of the two. */
  takeOurs(state) {
    this.#takeRelationship(state.membership);
    this.pausedBy = null; // A snapshot does not say who.
    this.isTold = true;
    const { recent = [], streak = this.streak } = state.check_ins ?? {};
    this.checkIns.replace(recent, this.userId);
    this.streak = streak;
    this.moods = [...(state.moods?.latest ?? [])];
  }

  /** @param {Record<string, any>} state The topic of everybody. */
  takeEverybodys(state) {
    this.announcement = state.announcements?.latest[0] ?? null;
  }

  /** Take the first one, and stay with it. @param {any} relationship @param {string | null} [changedBy] */
  #takeRelationship(relationship, changedBy = null) {
    if (!relationship || (this.relationshipId ?? relationship.relationship_id) !== relationship.relationship_id) return;
    const { relationship_id, members, status } = relationship;
    if (status !== this.standing) this.pausedBy = status === "paused" ? changedBy : null;
    this.relationshipId = relationship_id;
    this.members = members;
    this.standing = status;
  }

  /** Forget the two: nothing of a relationship that has ended can be read any more. */
  #end() {
    this.standing = "ended";
    this.relationshipId = this.pausedBy = this.presence = null;
    this.isTold = false;
    this.members = [];
    this.checkIns = new CheckIns();
    this.streak = NO_STREAK;
    this.moods = [];
    this.story = [];
    this.late = [];
  }

  /** @param {{asset: string, available_minor: number}[]} balances */
  #takeBalances(balances) {
    this.coins = balances.find(({ asset }) => asset === "coin")?.available_minor ?? 0;
  }

  /** Follow an event. @param {any} event @param {string} pos @param {Date} at @param {boolean} isOurs Of
   * the two's topic, and so told in the story. @param {boolean} isLate */
  follow(event, pos, at, isOurs, isLate) {
    this.#apply(event);
    if (!isOurs || this.standing === "ended") return;
    const one = { ...told(event, this), pos, at, isLate };
    if (isLate) this.late.push(one);
    this.story.unshift(one);
    this.story.length = Math.min(this.story.length, STORY_MAX);
  }

  /** @param {any} event */
  #apply(event) {
    switch (event.type) {
      case "ledger.balance_changed": return this.#takeBalances(event.balances);
      case "notifications.arrived":
        this.unread = event.unread;
        this.notifications.unshift(...[...event.items].reverse());
        this.notifications.length = Math.min(this.notifications.length, NOTIFICATIONS_MAX);
        return;
      case "notifications.withdrawn": return void (this.notifications = this.notifications.filter((one) => one.relationship_id !== event.relationship_id));
      case "notifications.unread_changed": return void (this.unread = event.unread);
      case "relationships.started": return this.#takeRelationship(event.relationship);
      case "relationships.changed": return this.#takeRelationship(event.relationship, event.changed_by);
      case "relationships.ended": return event.relationship_id === this.relationshipId ? this.#end() : undefined;
      case "relationships.member_changed":
        this.members = this.members.map((member) => (member.user_id === event.member.user_id ? event.member : member));
        return;
      case "checkins.submitted":
      case "checkins.amended": return this.checkIns.tell(event.check_in);
      case "checkins.kept": return this.checkIns.keep(event.check_in);
      case "checkins.undone": return this.checkIns.takeBack(event.check_in_id);
      case "moods.logged":
        this.moods.unshift(event);
        this.moods.length = Math.min(this.moods.length, MOODS_MAX);
        return;
      case "moods.edited":
        this.moods = this.moods.map((mood) => (mood.mood_log_id === event.mood_log_id ? { ...mood, ...event } : mood));
        return;
      case "moods.deleted": return void (this.moods = this.moods.filter((mood) => mood.mood_log_id !== event.mood_log_id));
      case "announcements.published": return void (this.announcement = event);
      case "streaks.changed": return void (this.streak = event.streak);
    }
  }
}
