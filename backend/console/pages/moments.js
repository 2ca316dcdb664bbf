// @ts-check
/** Days and hours as they are for somebody, by the clock of where they live. */

/** @param {string} day A local day, such as 2026-03-02. */
export const dayName = (day) => new Date(`${day.slice(0, 10)}T00:00:00Z`).toLocaleDateString([], { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" });

/** @param {string | number | Date} at @param {string} [zone] */
export const dayAndHour = (at, zone) => new Date(at).toLocaleString([], { timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** The hour at which something ends. @param {string} at @param {string} [zone] */
export function until(at, zone) {
  const hour = new Date(at).toLocaleTimeString("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  return hour === "00:00" ? "midnight" : hour;
}
