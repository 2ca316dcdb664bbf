// @ts-check
/** Check-ins, put together from two topics, which have no order between them.
 *
 * The topic of the two says which there are, and leaves out what the partner may not see. What stands
 * in one's own is known by its version, from wherever the whole of it came. */

/** @typedef {{check_in_id: string, user_id: string, local_day: string, made_at: string, amended_at: string | null,
 *   privacy_level: string, connection_score: number | null, mood_score: number | null,
 *   relationship_satisfaction: number | null, gratitude_note: string | null}} CheckIn */

/** @param {CheckIn} checkIn */
const versionOf = ({ check_in_id, amended_at }) => `${check_in_id} ${amended_at}`;

export class CheckIns {
  /** @type {Map<string, CheckIn>} By id, as the topic of the two tells them. */ #told = new Map();
  /** @type {Map<string, CheckIn>} By version; what stands in one never changes. */ #whole = new Map();

  /** Hold these and no others: a snapshot shows people their own whole.
   * @param {CheckIn[]} shown @param {string | null} userId */
  replace(shown, userId) {
    this.#told.clear();
    for (const checkIn of shown) {
      this.tell(checkIn);
      if (checkIn.user_id === userId) this.keep(checkIn);
    }
  }

  /** Hold what both may see. @param {CheckIn} checkIn */
  tell(checkIn) { this.#told.set(checkIn.check_in_id, checkIn); }

  /** Hold the whole of one's own, whether or not the topic of the two has told of it yet.
   * @param {CheckIn} checkIn */
  keep(checkIn) { this.#whole.set(versionOf(checkIn), checkIn); }

  /** @param {string} checkInId */
  takeBack(checkInId) { this.#told.delete(checkInId); }

  /** What both may see of somebody's check-in for a day. @param {string} userId @param {string} day */
  on(userId, day) {
    return this.#of(userId).find((checkIn) => checkIn.local_day === day) ?? null;
  }

  /** The whole of one's own; null while it has not come. @param {CheckIn} told */
  wholeOf(told) {
    return this.#whole.get(versionOf(told)) ?? (told.privacy_level === "open" ? told : null);
  }

  /** Whether the whole of one of somebody's own is missing. @param {string | null} userId */
  lacksOf(userId) { return this.#of(userId).some((checkIn) => !this.wholeOf(checkIn)); }

  /** @param {string | null} userId */
  #of(userId) { return [...this.#told.values()].filter((checkIn) => checkIn.user_id === userId); }
}
