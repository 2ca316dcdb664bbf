// @ts-check
/** What things are called: the sentences of the story, of connections, of days and hours. */

/** @typedef {import("./model.js").Model} Model */

export const SCORES = [
  ["connection_score", "Connection"],
  ["mood_score", "Mood"],
  ["relationship_satisfaction", "Us"],
];

export const MOODS = [
  ["happy", 9], ["loving", 9], ["calm", 8], ["hopeful", 7], ["tired", 4], ["stressed", 3], ["sad", 2],
];

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** @param {Date | string} at */
export const hour = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** The hour of today, the weekday of the days before. @param {string} at @param {Date} now */
export function when(at, now) {
  const isToday = new Date(at).toDateString() === now.toDateString();
  return isToday ? hour(at) : new Date(at).toLocaleDateString([], { weekday: "long" });
}

/** @param {Date} at */
export function greeting(at) {
  const hours = at.getHours();
  if (hours < 5 || hours >= 22) return "Good night";
  if (hours < 12) return "Good morning";
  return hours < 18 ? "Good afternoon" : "Good evening";
}

/** @param {number} count */
export const waiting = (count) => `${counted(count, "thing")} you did ${count === 1 ? "waits" : "wait"} to be sent.`;

/** What the connection does, for the line under the greeting.
 * @param {{name: string, reason?: string}} state @param {boolean} isCut @param {number} count How many commands wait. */
export function lineOf(state, isCut, count) {
  const kept = count ? ` ${waiting(count)}` : "";
  if (isCut) return ["cut", `No signal.${kept}`];
  if (state.name === "open") return ["open", "Connected"];
  if (state.name === "closed") return ["closed", `Disconnected: ${(state.reason ?? "").replaceAll("_", " ")}.`];
  return [state.name, `Looking for the server …${kept}`];
}

/** What the partner does now. @param {Model} model */
export function presenceOf({ presence, partner, isOnline }) {
  if (!partner) return "";
  if (!isOnline) return "You are offline";
  if (presence?.doing === "checking_in") return `${partner.name} is checking in`;
  if (presence?.status === "online") return "Here now";
  if (presence?.status === "away") return "Away";
  return presence?.last_seen_at ? `Last here at ${hour(presence.last_seen_at)}` : "Not here now";
}

/** An event of the two in a sentence, and whose it is.
 * @param {any} event @param {Model} model @returns {{text: string, by: string | null}} */
export function told(event, model) {
  const by = event.check_in?.user_id ?? event.user_id ?? event.changed_by ?? event.member?.user_id ?? null;
  const name = by === model.userId ? "You" : (model.nameOf(by) ?? "Somebody");
  switch (event.type) {
    case "checkins.submitted": return { by, text: `${name} checked in` };
    case "checkins.amended": return { by, text: `${name} changed the check-in` };
    case "checkins.undone": return { by, text: `${name} took the check-in back` };
    case "checkins.both_checked_in": return { by, text: "Both checked in today" };
    case "streaks.changed": return { by, text: `Streak: ${counted(event.streak.current_days, "day")}` };
    case "moods.logged": return { by, text: `${name} ${by === model.userId ? "feel" : "feels"} ${event.mood}` };
    case "moods.edited": return { by, text: `${name} changed a mood to ${event.mood}` };
    case "moods.deleted": return { by, text: `${name} took a mood back` };
    case "relationships.changed":
      return { by, text: `${name} changed what the two agreed on${event.relationship.status === "paused" ? "; it is paused" : ""}` };
    case "relationships.member_changed": return { by, text: `${name} changed name or time zone` };
    case "relationships.started": return { by, text: "It begins" };
    case "events.withdrawn": return { by, text: "Changed or taken back since" };
    default: return { by, text: event.type.replaceAll(/[._]/g, " ") };
  }
}
