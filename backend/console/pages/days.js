// @ts-check
/** Which day it is for somebody, as the server writes days: by the clock of who lives it. */

/** @typedef {{time_zone: string, time_zone_before?: string | null, time_zone_from?: string | null}} Clock */

const DAY_MS = 86_400_000;

/** A change of time zone counts from the next local day; before it the former clock goes on, never
 * past the eve of the change. @param {Clock} clock @param {Date} at */
export function dayOf({ time_zone, time_zone_before, time_zone_from }, at) {
  const day = dateIn(time_zone, at);
  if (!time_zone_before || !time_zone_from || day >= time_zone_from) return day;
  const [before, eve] = [dateIn(time_zone_before, at), dayBefore(time_zone_from)];
  return before < eve ? before : eve;
}

/** @param {string} day */
export const dayBefore = (day) => new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 10);

/** @param {string} timeZone @param {Date} at */
function dateIn(timeZone, at) {
  return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(at);
}
