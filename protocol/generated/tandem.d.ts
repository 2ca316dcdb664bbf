// The language of Tandem, protocol v1, as it travels in JSON.
// Generated from the messages by `make generate`; do not edit.

/** A UUID in its canonical form; ids of calls are UUIDv7. */
export type Uuid = string;
/** A moment, RFC 3339 in UTC: `2026-03-02T09:00:00Z`. */
export type Timestamp = string;
/** A calendar day of somebody's own: `2026-03-02`. */
export type LocalDay = string;
/** A place in a topic: `generation.number`. */
export type Position = string;

// ---------------------------------------------------------------------- Frames

/** Opens the conversation, with an access token or a ticket, and what was seen of topics. */
export interface Hello {
  readonly type: "hello";
  /** Text of 1 to 512 characters or null. */
  readonly token?: string | null;
  /** Text of 1 to 512 characters or null. */
  readonly ticket?: string | null;
  readonly client?: ClientInfo | null;
  /** The topics to join at once, each with the last position seen of it. Object, at most 64 entries: text of 1 to 100 characters → text, at most 100 characters. */
  readonly resume?: { readonly [topic: string]: Position };
}

/** Asks an actor to do something. `to` may be left out for the caller's own user actor. */
export interface Call {
  readonly type: "call";
  readonly id: Uuid;
  /** A command or a query: its `type` and its fields. */
  readonly do: Ask;
  /** Text of 1 to 100 characters or null. */
  readonly to?: string | null;
  /** When the person acted, where the command may be told later. Moment (RFC 3339, with `Z` or an offset) or null. */
  readonly made_at?: Timestamp | null;
}

/** Follows a topic, from a position if one is known. */
export interface Join {
  readonly type: "join";
  /** Text of 1 to 100 characters. */
  readonly topic: string;
  /** The last position seen of the topic, as it was received. Text, at most 100 characters or null. */
  readonly pos?: Position | null;
}

/** Stops following a topic. */
export interface Leave {
  readonly type: "leave";
  /** Text of 1 to 100 characters. */
  readonly topic: string;
}

/** Shows what one is doing, or that one is away; null is plainly there. */
export interface SetPresence {
  readonly type: "presence";
  /** Text of 1 to 100 characters. */
  readonly topic: string;
  /** Text, at most 40 characters, on one line, with something to be seen in it and no control characters or null. */
  readonly doing?: string | null;
  readonly away?: boolean;
}

/** Answers a hello. */
export interface Welcome {
  readonly type: "welcome";
  readonly session: string;
  readonly user_id: Uuid;
  readonly now: Timestamp;
  readonly heartbeat_s: number;
  readonly limits: Limits;
}

/** Answers a call: `ok` or `refused`, never both. What is `ok` is durable. */
export interface Reply {
  readonly type: "reply";
  readonly id: Uuid;
  /** The answer. */
  readonly ok?: Answer;
  /** The refusal. */
  readonly refused?: AnyRefusal;
}

/** The whole state of a topic at a position; what was held before is replaced by it. */
export interface Snapshot {
  readonly type: "snapshot";
  readonly topic: string;
  readonly pos: Position;
  /** What each part of the topic shows, by the part's name. */
  readonly state: Snapshots[keyof Snapshots];
}

/**
 * The topic is followed from here on; everything up to `pos` has been sent.
 *
 * So has the presence of everybody known to be there. After a few seconds who was not named since
 * the topic was asked for is not there any more.
 */
export interface Joined {
  readonly type: "joined";
  readonly topic: string;
  readonly pos: Position;
}

/** Something happened in a topic. */
export interface Push {
  readonly type: "push";
  readonly topic: string;
  readonly pos: Position;
  readonly at: Timestamp;
  readonly event: Event;
}

/** Somebody's presence changed. Passing: it has no position and is not kept. */
export interface Presence {
  readonly type: "presence";
  readonly topic: string;
  readonly user_id: Uuid;
  /** `online`, `away` or `offline`. */
  readonly status: string;
  readonly doing?: string | null;
  readonly last_seen_at?: Timestamp | null;
}

/** A frame that was not a call could not be granted; `topic` says which join it was. */
export interface Problem {
  readonly type: "problem";
  readonly refused: AnyRefusal;
  readonly topic?: string | null;
}

/** The server lives. `heads` are the positions of followed topics that changed. */
export interface Heartbeat {
  readonly type: "heartbeat";
  readonly now: Timestamp;
  readonly heads?: { readonly [topic: string]: Position };
}

/** The server is about to close the socket, and why. */
export interface Bye {
  readonly type: "bye";
  readonly reason: string;
  readonly retry_after_ms?: number | null;
}

/** Any frame from the client. */
export type ClientFrame =
  | Hello
  | Call
  | Join
  | Leave
  | SetPresence;

/** Any frame from the server. */
export type ServerFrame =
  | Welcome
  | Reply
  | Snapshot
  | Joined
  | Push
  | Presence
  | Problem
  | Heartbeat
  | Bye;

// -------------------------------------------------------------------- Messages

/** Accept an invitation that went to your e-mail address, or one whose code you were given. */
export interface AcceptInvitation {
  readonly type: "invitations.accept";
  readonly relationship_id: Uuid;
  /** Text, at most 40 characters, matching `^[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z-]{12,40}$(?!\n)` or null. */
  readonly code?: string | null;
}

/**
 * Replace a check-in on its own day.
 *
 * Without `privacy_level` the partner sees no more of it than before.
 */
export interface AmendCheckIn {
  readonly type: "checkins.amend";
  readonly check_in_id: Uuid;
  /** Integer from 1 to 10. */
  readonly connection_score: number;
  /** Integer from 1 to 10. */
  readonly mood_score: number;
  /** Integer from 1 to 10. */
  readonly relationship_satisfaction: number;
  /** Text of 1 to 500 characters, with something to be seen in it and no control characters or null. */
  readonly gratitude_note?: string | null;
  readonly privacy_level?: "open" | "scores_only" | "private" | null;
}

/** Those who run Tandem have something to say to everybody. */
export interface AnnouncementPublished {
  readonly type: "announcements.published";
  readonly announcement_id: Uuid;
  readonly message: string;
  readonly published_at: Timestamp;
}

/** The balances of a person; of an asset that is not named they never had any. */
export interface BalanceChanged {
  readonly type: "ledger.balance_changed";
  readonly balances: readonly Balance[];
}

/**
 * End a relationship at once, and never be invited by this person again.
 *
 * They are told what they would be told if you left.
 */
export interface BlockPartner {
  readonly type: "relationships.block";
}

/** Both have checked in for a day. */
export interface BothCheckedIn {
  readonly type: "checkins.both_checked_in";
  readonly local_day: LocalDay;
}

/** Call a challenge off before its first window opens; all that is held is free at once. */
export interface CallOff {
  readonly type: "challenges.call_off";
}

/** Another card is charged now while this person is away, or none. */
export interface CardChanged {
  readonly type: "payments.card_changed";
  readonly card: Card | null;
}

/** All of it is settled; what was held and not forfeited is free again. */
export interface ChallengeEnded {
  readonly type: "challenges.ended";
  readonly challenge_id: Uuid;
  readonly tally: Tally;
  readonly ended_at: Timestamp;
}

/** One may follow a challenge of somebody; its topic is `challenge/<challenge_id>`. */
export interface ChallengeShared {
  readonly type: "challenges.shared";
  readonly challenge_id: Uuid;
  readonly owner_id: Uuid;
  readonly relationship_id: Uuid;
}

/** Somebody has begun a challenge; its topic is `challenge/<challenge_id>`. */
export interface ChallengeStarted {
  readonly type: "challenges.started";
  readonly challenge_id: Uuid;
  /** Text of 1 to 120 characters, on one line, with something to be seen in it and no control characters. */
  readonly title: string;
  readonly relationship_id: Uuid | null;
}

/** One follows a challenge no longer. */
export interface ChallengeUnshared {
  readonly type: "challenges.unshared";
  readonly challenge_id: Uuid;
}

/** What is promised will be another from a day on; null: it stays as it is. */
export interface ChangeAsked {
  readonly type: "challenges.change_asked";
  readonly terms: Terms | null;
  readonly from_day: LocalDay | null;
}

/** Choose what you want of pushes; what is left out goes back to how it was at first. */
export interface ChangePreferences {
  readonly type: "notifications.change_preferences";
  readonly preferences: Preferences;
}

/**
 * Change your profile: what is left out stays, null takes away.
 *
 * Another time zone counts from the next local day, so that no day is lived twice.
 */
export interface ChangeProfile {
  readonly type: "identity.change_profile";
  /** Text of 1 to 80 characters, on one line, with something to be seen in it and no control characters. */
  readonly name?: string;
  /** Text of 1 to 40 characters, on one line, with something to be seen in it and no control characters or null. */
  readonly nickname?: string | null;
  /** Text, at most 16 characters, matching `^\+[1-9][0-9]{6,14}$(?!\n)` or null. */
  readonly phone?: string | null;
  /** Text, at most 500 characters, matching `^https://[!#-;=?-\[\]-~]+$(?!\n)` or null. */
  readonly photo_url?: string | null;
  /** Text of 1 to 64 characters. */
  readonly time_zone?: string;
  /** Text, at most 35 characters, matching `^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$(?!\n)`. */
  readonly locale?: string;
  readonly love_language_primary?: "words_of_affirmation" | "quality_time" | "receiving_gifts" | "acts_of_service" | "physical_touch" | null;
  readonly love_language_secondary?: "words_of_affirmation" | "quality_time" | "receiving_gifts" | "acts_of_service" | "physical_touch" | null;
  /** Object, at most 32 entries: text of 1 to 40 characters → text, at most 200 characters or true or false or integer from -2,147,483,648 to 2,147,483,647. */
  readonly relationship_preferences?: { readonly [key: string]: string | boolean | number };
}

/**
 * Change what you agreed on, or pause; what is left out stays, null takes a date away.
 *
 * A stricter privacy level hides earlier check-ins too; a more open one never shows what was
 * written under a stricter one.
 */
export interface ChangeRelationship {
  readonly type: "relationships.change";
  /** Text, at most 40 characters, matching `^[a-z][a-z_]*$(?!\n)`. */
  readonly relationship_type?: string;
  readonly start_date?: LocalDay | null;
  readonly anniversary_date?: LocalDay | null;
  readonly privacy_level?: "open" | "scores_only" | "private";
  readonly status?: "active" | "paused";
}

/**
 * Change what you promise; what makes it easier holds from the seventh day on.
 *
 * `last_day` ends it earlier, which is easier as well. Null takes a change back that waits.
 */
export interface ChangeTerms {
  readonly type: "challenges.change";
  readonly terms: Terms | null;
}

/**
 * Somebody changed their check-in; this is what both may see of it now.
 *
 * As the answer to its author it is whole.
 */
export interface CheckInAmended {
  readonly type: "checkins.amended";
  readonly check_in: CheckIn;
}

/**
 * Your own check-in, whole; told where the partner may not see all of it.
 *
 * Which check-ins there are is for the relationship's topic to say; its events leave out, for you
 * too, what your partner may not see. What stands in one of yours is known by its version, that is
 * by `check_in_id` and `amended_at`, from wherever the whole of it came, early or late: from here,
 * from a snapshot of the relationship's topic, from the answer to your command, or from an event
 * whose `privacy_level` is `open`. While the whole of a version has not come, its values are
 * unknown, not empty, and no form may offer others in their place. A snapshot of this topic tells
 * of no check-in: after one, ask for one of the relationship's topic (join without a position).
 */
export interface CheckInKept {
  readonly type: "checkins.kept";
  readonly relationship_id: Uuid;
  readonly check_in: CheckIn;
}

/**
 * Somebody checked in for a day; this is what both may see of it.
 *
 * As the answer to its author it is whole.
 */
export interface CheckInSubmitted {
  readonly type: "checkins.submitted";
  readonly check_in: CheckIn;
}

/** Somebody took their check-in back. */
export interface CheckInUndone {
  readonly type: "checkins.undone";
  readonly check_in_id: Uuid;
  readonly user_id: Uuid;
  readonly local_day: LocalDay;
}

/** Say that you saw it done, where that is the proof. */
export interface Confirm {
  readonly type: "challenges.confirm";
  /** Text, at most 20 characters or null. */
  readonly key?: string | null;
}

/** What this person owes, because a payment was taken back, is another now. */
export interface DebtChanged {
  readonly type: "payments.debt_changed";
  /** Integer, at least 0. */
  readonly owed_minor: number;
}

/**
 * Decline an invitation; with `block` this person cannot invite you again.
 *
 * Whom you are together with is blocked by `relationships.block` instead.
 */
export interface DeclineInvitation {
  readonly type: "invitations.decline";
  readonly relationship_id: Uuid;
  /** Text, at most 40 characters, matching `^[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z-]{12,40}$(?!\n)` or null. */
  readonly code?: string | null;
  readonly block?: boolean;
}

/** Take back what you shared of how you were; it still counts as one of the day's. */
export interface DeleteMood {
  readonly type: "moods.delete";
  readonly mood_log_id: Uuid;
}

/** Take back what you wrote down for yourself. */
export interface DeletePrivateMood {
  readonly type: "moods.delete_private";
  readonly mood_log_id: Uuid;
}

/** Money that came in at somebody's address is in their wallet. */
export interface Deposited {
  readonly type: "usdc.deposited";
  readonly deposit_id: Uuid;
  /** Integer from 0 to 1,000,000,000,000,000. */
  readonly amount_micros: number;
  /** Whether it is more than the limits allow; it is theirs all the same. */
  readonly is_over_limit: boolean;
  readonly deposited_at: Timestamp;
}

/**
 * Say that it was otherwise: you did what is called missed, or they did not what is done.
 *
 * A follower rules who may and gains nothing by it; where there is none, and on an appeal, only an
 * admin does. What nobody has ruled on within fourteen days is as the owner says.
 */
export interface DisputeOccurrence {
  readonly type: "challenges.dispute";
  /** Text, at most 20 characters. */
  readonly key: string;
  /** Text of 1 to 1,000 characters, with something to be seen in it and no control characters. */
  readonly note: string;
}

/** Replace what you shared of how you were. */
export interface EditMood {
  readonly type: "moods.edit";
  readonly mood_log_id: Uuid;
  /** Text of 1 to 64 characters, on one line, with something to be seen in it and no control characters. */
  readonly mood: string;
  /** Integer from 1 to 10. */
  readonly mood_score: number;
  /** Text of 1 to 2,000 characters, with something to be seen in it and no control characters or null. */
  readonly notes?: string | null;
}

/** Replace what you wrote down for yourself. */
export interface EditPrivateMood {
  readonly type: "moods.edit_private";
  readonly mood_log_id: Uuid;
  /** Text of 1 to 64 characters, on one line, with something to be seen in it and no control characters. */
  readonly mood: string;
  /** Integer from 1 to 10. */
  readonly mood_score: number;
  /** Text of 1 to 2,000 characters, with something to be seen in it and no control characters or null. */
  readonly notes?: string | null;
}

/**
 * Shut yourself out from stakes for so many days; it cannot be taken back or shortened.
 *
 * What is at stake already goes on as it was promised.
 */
export interface ExcludeMyself {
  readonly type: "stakes.exclude_myself";
  /** Integer from 1 to 1,825. */
  readonly days: number;
}

/** Excuse whom you follow from one that is not done: they are ill, perhaps. */
export interface ExcuseOccurrence {
  readonly type: "challenges.excuse";
  /** Text, at most 20 characters. */
  readonly key: string;
  /** Text of 1 to 1,000 characters, with something to be seen in it and no control characters or null. */
  readonly note?: string | null;
}

/** Others follow now. */
export interface FollowersChanged {
  readonly type: "challenges.followers_changed";
  readonly followers: readonly Follower[];
}

/** What was missed was paid by the owner's card, or could not be charged so far. */
export interface ForfeitCharged {
  readonly type: "challenges.forfeit_charged";
  readonly event_id: Uuid;
  readonly is_paid: boolean;
}

/** You have accepted an invitation; `relationships.started` follows on your topic. */
export interface InvitationAccepted {
  readonly type: "invitations.accepted";
  readonly relationship_id: Uuid;
}

/** An invitation was declined. */
export interface InvitationDeclined {
  readonly type: "invitations.declined";
  readonly relationship_id: Uuid;
}

/** Somebody was invited; the code is known to who made it, and kept nowhere. */
export interface InvitationOpened {
  readonly type: "invitations.opened";
  readonly relationship_id: Uuid;
  readonly relationship_type: string;
  readonly email: string | null;
  readonly expires_at: Timestamp;
}

/** Somebody invites you. */
export interface InvitationReceived {
  readonly type: "invitations.received";
  readonly invitation: Invitation;
}

/** An invitation was taken back. */
export interface InvitationRevoked {
  readonly type: "invitations.revoked";
  readonly relationship_id: Uuid;
}

/** End a relationship at once, for both. */
export interface LeaveRelationship {
  readonly type: "relationships.leave";
}

/** Write down how you are, for your partner to see; several times a day if you like. */
export interface LogMood {
  readonly type: "moods.log";
  /** Text of 1 to 64 characters, on one line, with something to be seen in it and no control characters. */
  readonly mood: string;
  /** Integer from 1 to 10. */
  readonly mood_score: number;
  /** Text of 1 to 2,000 characters, with something to be seen in it and no control characters or null. */
  readonly notes?: string | null;
}

/** Write down how you are, for yourself alone. */
export interface LogPrivateMood {
  readonly type: "moods.log_private";
  /** Text of 1 to 64 characters, on one line, with something to be seen in it and no control characters. */
  readonly mood: string;
  /** Integer from 1 to 10. */
  readonly mood_score: number;
  /** Text of 1 to 2,000 characters, with something to be seen in it and no control characters or null. */
  readonly notes?: string | null;
}

/**
 * Mark all notifications as read, the newest 5,000 at once.
 *
 * `until` names the newest one you have seen: what came after it stays unread.
 */
export interface MarkAllRead {
  readonly type: "notifications.mark_all_read";
  readonly until?: Uuid | null;
}

/** Mark notifications as read; those that are read already, or not yours, change nothing. */
export interface MarkRead {
  readonly type: "notifications.mark_read";
  /** List of 1 to 100 items: UUID. */
  readonly notification_ids: readonly Uuid[];
}

/** One of the two has another name or lives by another clock. */
export interface MemberChanged {
  readonly type: "relationships.member_changed";
  readonly member: MemberShown;
}

/** Somebody took back what they had written down; nobody is shown it any more. */
export interface MoodDeleted {
  readonly type: "moods.deleted";
  readonly mood_log_id: Uuid;
  readonly user_id: Uuid;
}

/** Somebody changed what they had written down of how they are. */
export interface MoodEdited {
  readonly type: "moods.edited";
  readonly mood_log_id: Uuid;
  readonly user_id: Uuid;
  /** Text of 1 to 64 characters, on one line, with something to be seen in it and no control characters. */
  readonly mood: string;
  /** Integer from 1 to 10. */
  readonly mood_score: number;
  /** Text of 1 to 2,000 characters, with something to be seen in it and no control characters or null. */
  readonly notes: string | null;
  readonly edited_at: Timestamp;
}

/** Somebody wrote down how they are, and shares it with their partner. */
export interface MoodLogged {
  readonly type: "moods.logged";
  readonly mood_log_id: Uuid;
  readonly user_id: Uuid;
  /** Text of 1 to 64 characters, on one line, with something to be seen in it and no control characters. */
  readonly mood: string;
  /** Integer from 1 to 10. */
  readonly mood_score: number;
  /** Text of 1 to 2,000 characters, with something to be seen in it and no control characters or null. */
  readonly notes: string | null;
  readonly local_day: LocalDay;
  readonly made_at: Timestamp;
}

/** New notifications; the newest, if there are many. `unread` is how many are unread in all. */
export interface NotificationsArrived {
  readonly type: "notifications.arrived";
  readonly items: readonly Notification[];
  readonly unread: number;
}

/**
 * Nothing you were told of this relationship is in your inbox any more; show it no longer.
 *
 * It has ended, or its invitation was declined or taken back. The count follows.
 */
export interface NotificationsWithdrawn {
  readonly type: "notifications.withdrawn";
  readonly relationship_id: Uuid;
}

/** Two see it differently. */
export interface OccurrenceDisputed {
  readonly type: "challenges.disputed";
  readonly occurrence: Occurrence;
  /** Text of 1 to 1,000 characters, with something to be seen in it and no control characters or null. */
  readonly note: string | null;
}

/** It was done; what was shown for it stands beside. */
export interface OccurrenceDone {
  readonly type: "challenges.done";
  readonly occurrence: Occurrence;
  readonly proof: Proof | null;
}

/** Nothing is owed for it. */
export interface OccurrenceExcused {
  readonly type: "challenges.excused";
  readonly occurrence: Occurrence;
}

/** Its window has closed, and it was not done. */
export interface OccurrenceMissed {
  readonly type: "challenges.missed";
  readonly occurrence: Occurrence;
}

/** A window has opened. */
export interface OccurrenceOpened {
  readonly type: "challenges.due";
  readonly occurrence: Occurrence;
}

/** A referee has ruled. */
export interface OccurrenceRuled {
  readonly type: "challenges.ruled";
  readonly occurrence: Occurrence;
  readonly ruled_by: Uuid;
  /** Text of 1 to 1,000 characters, with something to be seen in it and no control characters or null. */
  readonly note: string | null;
}

/** Nothing about it changes any more; where it was missed, its amount is forfeited. */
export interface OccurrenceSettled {
  readonly type: "challenges.settled";
  readonly occurrence: Occurrence;
}

/** What is promised for the next days, in the place of what was for the days from `from_day`. */
export interface OccurrencesScheduled {
  readonly type: "challenges.scheduled";
  readonly from_day: LocalDay;
  /** The last day for which it is known. */
  readonly made_to: LocalDay;
  readonly occurrences: readonly Occurrence[];
}

/**
 * Invite somebody into a relationship, by e-mail address or by a code you hand over.
 *
 * By address it is for who has proved that it is theirs, or does so before the invitation ends.
 * The invitation ends after 14 days. The id of this command is the relationship's id. The code is
 * drawn by the client, at random; only its hash is kept.
 */
export interface OpenInvitation {
  readonly type: "invitations.open";
  /** Text, at most 254 characters, matching `^[!-?A-~]{1,64}@[^@\s.\x00-\x1f\x7f]+(\.[^@\s.\x00-\x1f\x7f]+)+$(?!\n)` or null. */
  readonly email?: string | null;
  /** Text, at most 40 characters, matching `^[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z-]{12,40}$(?!\n)` or null. */
  readonly code?: string | null;
  /** Text, at most 40 characters, matching `^[a-z][a-z_]*$(?!\n)`. */
  readonly relationship_type?: string;
  readonly start_date?: LocalDay | null;
  readonly anniversary_date?: LocalDay | null;
  readonly privacy_level?: "open" | "scores_only" | "private";
}

/** A payment of this person has come further. */
export interface PaymentChanged {
  readonly type: "payments.payment_changed";
  readonly payment: Payment;
}

/** Money on its way back to this person's cards has come further. */
export interface PayoutChanged {
  readonly type: "payments.payout_changed";
  readonly payout: Payout;
}

/** You chose what you want of pushes; it is shown whole, as it is now. */
export interface PreferencesChanged {
  readonly type: "notifications.preferences_changed";
  readonly preferences: Preferences;
}

/** You took back what you had written down for yourself; it is shown no more. */
export interface PrivateMoodDeleted {
  readonly type: "moods.private_deleted";
  readonly mood_log_id: Uuid;
}

/** You changed what you had written down for yourself. */
export interface PrivateMoodEdited {
  readonly type: "moods.private_edited";
  readonly mood_log_id: Uuid;
  /** Text of 1 to 64 characters, on one line, with something to be seen in it and no control characters. */
  readonly mood: string;
  /** Integer from 1 to 10. */
  readonly mood_score: number;
  /** Text of 1 to 2,000 characters, with something to be seen in it and no control characters or null. */
  readonly notes: string | null;
  readonly edited_at: Timestamp;
}

/** You wrote down how you are, for yourself. */
export interface PrivateMoodLogged {
  readonly type: "moods.private_logged";
  readonly mood_log_id: Uuid;
  readonly user_id: Uuid;
  /** Text of 1 to 64 characters, on one line, with something to be seen in it and no control characters. */
  readonly mood: string;
  /** Integer from 1 to 10. */
  readonly mood_score: number;
  /** Text of 1 to 2,000 characters, with something to be seen in it and no control characters or null. */
  readonly notes: string | null;
  readonly local_day: LocalDay;
  readonly made_at: Timestamp;
}

/** Somebody changed their profile; it is shown whole, as it is now. */
export interface ProfileChanged {
  readonly type: "identity.profile_changed";
  readonly user_id: Uuid;
  readonly profile: Profile;
}

/** What protects somebody is another now; it is shown whole. */
export interface ProtectionChanged {
  readonly type: "stakes.protection_changed";
  readonly protection: Protection;
}

/**
 * Show that you did it; without `key` what was open at that moment is meant.
 *
 * What was done in time counts also when it is told later, until it is settled.
 */
export interface Prove {
  readonly type: "challenges.prove";
  readonly proof: Proof;
  /** Text, at most 20 characters or null. */
  readonly key?: string | null;
}

/** Say something to everybody who is connected, and to who comes later. */
export interface PublishAnnouncement {
  readonly type: "announcements.publish";
  /** Text of 1 to 2,000 characters, with something to be seen in it and no control characters. */
  readonly message: string;
}

/**
 * Offer something to promise, or change it; what has begun goes on as it was begun.
 *
 * `settings_schema` is a JSON Schema (2020-12) of an object, as text.
 */
export interface PublishTemplate {
  readonly type: "challenges.publish_template";
  /** Text, at most 60 characters, matching `^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)`. */
  readonly slug: string;
  /** Text of 1 to 120 characters, on one line, with something to be seen in it and no control characters. */
  readonly name: string;
  /** Text of 1 to 30 characters, on one line, with something to be seen in it and no control characters. */
  readonly challenge_type: string;
  readonly difficulty: "easy" | "medium" | "hard";
  /** Text of 1 to 30 characters, on one line, with something to be seen in it and no control characters. */
  readonly category: string;
  /** Text of 1 to 4,000 characters, with something to be seen in it and no control characters. */
  readonly instructions: string;
  /** Text of 2 to 8,192 characters. */
  readonly settings_schema: string;
  readonly allows: Allows;
  readonly is_open?: boolean;
}

/** End a challenge from the seventh day on; what is promised until then stays promised. */
export interface Quit {
  readonly type: "challenges.quit";
}

/** It is noted; the new count follows on every device as `notifications.unread_changed`. */
export interface ReadMarked {
  readonly type: "notifications.read_marked";
}

/** One of the two changed what they agreed on; it is told whole, as it is now. */
export interface RelationshipChanged {
  readonly type: "relationships.changed";
  readonly changed_by: Uuid;
  readonly relationship: Relationship;
}

/**
 * A relationship has ended; nothing of it can be read any more. Why is not told.
 *
 * What you were told of it leaves your inbox too: `notifications.withdrawn` follows.
 */
export interface RelationshipEnded {
  readonly type: "relationships.ended";
  readonly relationship_id: Uuid;
}

/** An invitation was accepted: from now on the two may follow the relationship's topic. */
export interface RelationshipStarted {
  readonly type: "relationships.started";
  readonly relationship: Relationship;
}

/** Somebody is reminded of an occurrence again at this moment. */
export interface ReminderSnoozed {
  readonly type: "reminders.snoozed";
  readonly key: string;
  readonly snoozed_until: Timestamp;
}

/** How somebody is reminded of a challenge. */
export interface RemindersSet {
  readonly type: "reminders.set_to";
  /** List, at most 6 items: [Wish](#wish). */
  readonly wishes: readonly Wish[];
}

/** Take back an invitation that was not answered. */
export interface RevokeInvitation {
  readonly type: "invitations.revoke";
  readonly relationship_id: Uuid;
}

/** Rule on what is disputed, as a follower who gains nothing by it, or, finally, as an admin. */
export interface RuleOnOccurrence {
  readonly type: "challenges.rule";
  /** Text, at most 20 characters. */
  readonly key: string;
  readonly outcome: "done" | "missed" | "excused";
  /** Text of 1 to 1,000 characters, with something to be seen in it and no control characters or null. */
  readonly note?: string | null;
}

/**
 * Set yourself limits; tighter ones hold at once, looser ones after seven days.
 *
 * Of an asset that is left out there is no limit.
 */
export interface SetLimits {
  readonly type: "stakes.set_limits";
  /** Object, at most 2 entries: one of `coin`, `token`, `ai_credit`, `usd`, `usdc` → [AssetLimits](#assetlimits). */
  readonly limits: { readonly [key: string]: AssetLimits };
}

/**
 * Say how you want to be reminded of a challenge of yours; an empty list: not at all.
 *
 * In your quiet hours your phone does not ring: you are reminded when they end, or before they
 * begin where it would be too late then.
 *
 * Each wish is given once for each occurrence. Into the inbox it comes exactly once. On the phone
 * and as a letter it comes at least once: a worker that dies right after handing it over cannot
 * know that it did, and who is not reminded pays for it. A push that is repeated takes the place
 * of the first, a letter has the same Message-ID.
 */
export interface SetReminders {
  readonly type: "reminders.set";
  /** List, at most 6 items: [Wish](#wish). */
  readonly wishes: readonly Wish[];
}

/**
 * Let people you are together with follow a challenge of yours, all of it as it has been.
 *
 * Without money on it they may confirm, rule and excuse as a partner may. With money on it only
 * who was named when it was begun may, and these watch, and may dispute what you say is done.
 */
export interface ShareChallenge {
  readonly type: "challenges.share";
  /** List of 1 to 20 items: [FollowerWanted](#followerwanted). */
  readonly followers: readonly FollowerWanted[];
}

/**
 * Be reminded of an occurrence again in so many minutes, unless it is done by then.
 *
 * If that is in your quiet hours your phone rings when they end, unless it is due by then.
 */
export interface SnoozeReminder {
  readonly type: "reminders.snooze";
  /** Text, at most 20 characters. */
  readonly key: string;
  /** Integer from 5 to 1,440. */
  readonly minutes: number;
}

/**
 * Begin a challenge, with or without money on it; it is known by the id of this command.
 *
 * Prepaid, all that can be lost is held until it is settled. With `relationship_id` and
 * `partner_id` the partner follows it, and rules when it is disputed if they gain nothing by it.
 *
 * What a partner gets of `usd` never leaves by card, for only what was paid in by card goes back
 * to one: it is for promises of their own. What they get of `usdc` they can take out.
 */
export interface StartChallenge {
  readonly type: "challenges.start";
  /** Text, at most 60 characters, matching `^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)`. */
  readonly template_slug: string;
  /** The version the person has read; another one is refused. Integer from 1 to 1,000,000. */
  readonly template_version: number;
  /** Text of 1 to 120 characters, on one line, with something to be seen in it and no control characters. */
  readonly title: string;
  /** Object, at most 16 entries: text of 1 to 40 characters → text, at most 200 characters or true or false or integer from -2,147,483,648 to 2,147,483,647. */
  readonly settings: { readonly [key: string]: string | boolean | number };
  readonly schedule: Daily | OnWeekdays | TimesAWeek | OnDates;
  readonly first_day: LocalDay;
  readonly last_day: LocalDay;
  readonly proof: "note" | "number" | "photo" | "partner";
  readonly window?: Window;
  /** Integer from 1 to 1,000,000,000 or null. */
  readonly target?: number | null;
  readonly stake?: StakeWanted | null;
  readonly relationship_id?: Uuid | null;
  readonly partner_id?: Uuid | null;
}

/** Say that you are of age where you live; without it no money is put on a promise. */
export interface StateAdult {
  readonly type: "stakes.state_adult";
  readonly is_adult: boolean;
}

/** The pair's streak is another now. */
export interface StreakChanged {
  readonly type: "streaks.changed";
  readonly streak: Streak;
}

/**
 * Check in for the day it is where you are; once a day.
 *
 * `privacy_level` may keep more from the partner than the relationship does, never less.
 */
export interface SubmitCheckIn {
  readonly type: "checkins.submit";
  /** Integer from 1 to 10. */
  readonly connection_score: number;
  /** Integer from 1 to 10. */
  readonly mood_score: number;
  /** Integer from 1 to 10. */
  readonly relationship_satisfaction: number;
  /** Text of 1 to 500 characters, with something to be seen in it and no control characters or null. */
  readonly gratitude_note?: string | null;
  readonly privacy_level?: "open" | "scores_only" | "private" | null;
}

/** There is something to promise, or it is another now, or not offered any more. */
export interface TemplatePublished {
  readonly type: "challenges.template_published";
  /** Text, at most 60 characters, matching `^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)`. */
  readonly slug: string;
  readonly version: number;
  /** Text of 1 to 120 characters, on one line, with something to be seen in it and no control characters. */
  readonly name: string;
  readonly is_open: boolean;
}

/** What is promised is another from this day on. */
export interface TermsChanged {
  readonly type: "challenges.terms_changed";
  readonly terms: Terms;
  readonly from_day: LocalDay;
}

/** Let somebody you blocked invite you again; what has ended stays ended. */
export interface Unblock {
  readonly type: "relationships.unblock";
  readonly user_id: Uuid;
}

/** Somebody may invite you again. */
export interface Unblocked {
  readonly type: "relationships.unblocked";
  readonly user_id: Uuid;
}

/** Take a check-in back on its own day; the streak follows. Its coins stay, and come once. */
export interface UndoCheckIn {
  readonly type: "checkins.undo";
  readonly check_in_id: Uuid;
}

/** Follow a challenge no longer. */
export interface Unfollow {
  readonly type: "challenges.unfollow";
}

/** The number of unread notifications changed, on this device or another. */
export interface UnreadChanged {
  readonly type: "notifications.unread_changed";
  readonly unread: number;
}

/**
 * Let somebody follow a challenge of yours no longer, also one that has ended.
 *
 * Who was named when money was put on it stays until it has ended, and so does the last who can
 * confirm what they saw where that is the proof.
 */
export interface UnshareChallenge {
  readonly type: "challenges.unshare";
  readonly user_id: Uuid;
}

/** A withdrawal is further than before; it is shown whole. */
export interface WithdrawalChanged {
  readonly type: "usdc.withdrawal_changed";
  readonly withdrawal: WithdrawalShown;
}

/**
 * Told to who resumes, in the place of an event that was changed or taken back since.
 *
 * Nobody hears it live. `by` is the position of the event that changed it.
 */
export interface Withdrawn {
  readonly type: "events.withdrawn";
  /** Text, at most 40 characters. */
  readonly by: string;
}

/** Everything that may be asked: commands and queries. */
export type Ask =
  | PublishAnnouncement
  | CallOff
  | ChangeTerms
  | Confirm
  | DisputeOccurrence
  | ExcuseOccurrence
  | Prove
  | PublishTemplate
  | Quit
  | RuleOnOccurrence
  | ShareChallenge
  | StartChallenge
  | Unfollow
  | UnshareChallenge
  | AmendCheckIn
  | SubmitCheckIn
  | UndoCheckIn
  | ChangeProfile
  | AcceptInvitation
  | DeclineInvitation
  | OpenInvitation
  | RevokeInvitation
  | DeleteMood
  | DeletePrivateMood
  | EditMood
  | EditPrivateMood
  | LogMood
  | LogPrivateMood
  | ChangePreferences
  | MarkAllRead
  | MarkRead
  | BlockPartner
  | ChangeRelationship
  | LeaveRelationship
  | Unblock
  | SetReminders
  | SnoozeReminder
  | ExcludeMyself
  | SetLimits
  | StateAdult;

/** Everything an ask may be answered with. */
export type Answer =
  | AnnouncementPublished
  | ChangeAsked
  | OccurrenceDisputed
  | OccurrenceDone
  | ChallengeEnded
  | OccurrenceExcused
  | FollowersChanged
  | OccurrenceRuled
  | ChallengeStarted
  | TemplatePublished
  | CheckInAmended
  | CheckInSubmitted
  | CheckInUndone
  | ProfileChanged
  | InvitationAccepted
  | InvitationDeclined
  | InvitationOpened
  | InvitationRevoked
  | MoodDeleted
  | MoodEdited
  | MoodLogged
  | PrivateMoodDeleted
  | PrivateMoodEdited
  | PrivateMoodLogged
  | PreferencesChanged
  | ReadMarked
  | RelationshipChanged
  | RelationshipEnded
  | Unblocked
  | RemindersSet
  | ReminderSnoozed
  | ProtectionChanged;

/** Everything that may be pushed. */
export type Event =
  | AnnouncementPublished
  | ChangeAsked
  | OccurrenceDisputed
  | OccurrenceDone
  | OccurrenceOpened
  | ChallengeEnded
  | OccurrenceExcused
  | FollowersChanged
  | ForfeitCharged
  | OccurrenceMissed
  | OccurrenceRuled
  | OccurrencesScheduled
  | OccurrenceSettled
  | ChallengeShared
  | ChallengeStarted
  | TemplatePublished
  | TermsChanged
  | ChallengeUnshared
  | CheckInAmended
  | BothCheckedIn
  | CheckInKept
  | CheckInSubmitted
  | CheckInUndone
  | Withdrawn
  | ProfileChanged
  | InvitationAccepted
  | InvitationDeclined
  | InvitationOpened
  | InvitationReceived
  | InvitationRevoked
  | BalanceChanged
  | MoodDeleted
  | MoodEdited
  | MoodLogged
  | PrivateMoodDeleted
  | PrivateMoodEdited
  | PrivateMoodLogged
  | NotificationsArrived
  | PreferencesChanged
  | UnreadChanged
  | NotificationsWithdrawn
  | CardChanged
  | DebtChanged
  | PaymentChanged
  | PayoutChanged
  | RelationshipChanged
  | RelationshipEnded
  | MemberChanged
  | RelationshipStarted
  | Unblocked
  | RemindersSet
  | ReminderSnoozed
  | ProtectionChanged
  | StreakChanged
  | Deposited
  | WithdrawalChanged;

// ---------------------------------------------------------------------- Values

/** What a template allows; an empty list of stakes means that no money may be on it. */
export interface Allows {
  /** List of 1 to 4 items: one of `daily`, `weekdays`, `times_a_week`, `dates`. */
  readonly schedules: readonly ("daily" | "weekdays" | "times_a_week" | "dates")[];
  /** List of 1 to 4 items: one of `note`, `number`, `photo`, `partner`. */
  readonly proofs: readonly ("note" | "number" | "photo" | "partner")[];
  /** Integer from 1 to 366. */
  readonly days_min?: number;
  /** Integer from 1 to 366. */
  readonly days_max?: number;
  /** List, at most 2 items: one of `prepaid`, `charge`. */
  readonly stake_modes?: readonly ("prepaid" | "charge")[];
  /** List, at most 3 items: one of `partner`, `charity`, `house`. */
  readonly forfeits_to?: readonly ("partner" | "charity" | "house")[];
  /** Of one occurrence, by asset; one that is not named may not be put on it. Object, at most 5 entries: one of `coin`, `token`, `ai_credit`, `usd`, `usdc` → integer from 1 to 1,000,000,000. */
  readonly amount_minor_max?: { readonly [key: string]: number };
}

/** What somebody wants to be held to, of one asset; null is no limit. */
export interface AssetLimits {
  /** Of one occurrence. Integer from 0 to 1,000,000,000,000 or null. */
  readonly each_minor?: number | null;
  /** Of one challenge in all. Integer from 0 to 1,000,000,000,000 or null. */
  readonly challenge_minor?: number | null;
  /** Of all challenges that go on, together. Integer from 0 to 1,000,000,000,000 or null. */
  readonly open_minor?: number | null;
}

/**
 * What somebody has of an asset; `held_minor` is theirs too, but promised for something.
 *
 * The version grows with every change: of two balances the one with the larger version is later.
 */
export interface Balance {
  readonly asset: "coin" | "token" | "ai_credit" | "usd" | "usdc";
  /** Integer, at least 0. */
  readonly available_minor: number;
  /** Integer, at least 0. */
  readonly held_minor: number;
  readonly version: number;
}

/** The card that is charged while its owner is away; no more of it is known here. */
export interface Card {
  readonly brand: string;
  readonly last4: string;
  readonly expires_on: LocalDay;
}

/** A challenge one has or follows; more of it is on its topic. */
export interface ChallengeListed {
  readonly challenge_id: Uuid;
  readonly owner_id: Uuid;
  /** Text of 1 to 120 characters, on one line, with something to be seen in it and no control characters. */
  readonly title: string;
  readonly template_slug: string;
  readonly status: string;
  readonly first_day: LocalDay;
  readonly created_at: Timestamp;
}

/** A challenge as its owner and who follows it see it. */
export interface ChallengeShown {
  readonly challenge_id: Uuid;
  readonly owner_id: Uuid;
  /** Text of 1 to 120 characters, on one line, with something to be seen in it and no control characters. */
  readonly title: string;
  /** Text, at most 60 characters, matching `^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)`. */
  readonly template_slug: string;
  readonly status: string;
  readonly proof: "note" | "number" | "photo" | "partner";
  readonly target: number | null;
  readonly first_day: LocalDay;
  readonly terms: Terms;
  readonly next_terms: Terms | null;
  /** From when other terms hold, where that was asked for. */
  readonly next_from: LocalDay | null;
  readonly stake: Stake | null;
  readonly followers: readonly Follower[];
  /** Those that are not settled. */
  readonly occurrences: readonly Occurrence[];
  readonly tally: Tally;
}

/** How somebody was on a day; what its reader may not see is null. */
export interface CheckIn {
  readonly check_in_id: Uuid;
  readonly user_id: Uuid;
  readonly local_day: LocalDay;
  readonly made_at: Timestamp;
  readonly amended_at: Timestamp | null;
  readonly privacy_level: "open" | "scores_only" | "private";
  /** Integer from 1 to 10 or null. */
  readonly connection_score: number | null;
  /** Integer from 1 to 10 or null. */
  readonly mood_score: number | null;
  /** Integer from 1 to 10 or null. */
  readonly relationship_satisfaction: number | null;
  /** Text of 1 to 500 characters, with something to be seen in it and no control characters or null. */
  readonly gratitude_note: string | null;
}

/** The last two check-ins of each, as the reader may see them, and the streak. */
export interface CheckInsShown {
  readonly recent: readonly CheckIn[];
  readonly streak: Streak;
}

/** Who made the client; for support and statistics. */
export interface ClientInfo {
  /** Text, at most 100 characters. */
  readonly name: string;
  /** Text, at most 100 characters. */
  readonly version: string;
}

/** Every day. */
export interface Daily {
  readonly type: "daily";
}

/** What two see differently. */
export interface Dispute {
  readonly opened_by: Uuid;
  readonly opened_at: Timestamp;
  /** What it was before. */
  readonly over: "done" | "missed" | "excused";
  /** Whether it is about a ruling; then only an admin rules. */
  readonly is_appeal: boolean;
}

/** Somebody who sees how it goes; how they know whose it is, is told to nobody else. */
export interface Follower {
  readonly user_id: Uuid;
  /** Whether they may rule when something is disputed, confirm what they saw, and excuse. */
  readonly is_referee: boolean;
}

/** Somebody who is to follow, and the relationship with them. */
export interface FollowerWanted {
  readonly relationship_id: Uuid;
  readonly partner_id: Uuid;
}

/** An invitation as its addressee sees it. */
export interface Invitation {
  readonly relationship_id: Uuid;
  readonly inviter_name: string;
  readonly relationship_type: string;
  readonly privacy_level: "open" | "scores_only" | "private";
  readonly expires_at: Timestamp;
}

/** The last few, the newest first; long ones are cut, `GET /v1/announcements` has them whole. */
export interface LatestAnnouncements {
  readonly latest: readonly ShownAnnouncement[];
}

/** What a client is told of the limits. */
export interface Limits {
  readonly frame_bytes_max: number;
  readonly frame_messages_max: number;
  readonly topics_max: number;
  readonly calls_in_flight_max: number;
  readonly calls_per_s_max: number;
  readonly calls_burst_max: number;
}

/**
 * One of the two, as the other sees them, and by which clock they live.
 *
 * Which day it is for them: the date by `time_zone`; while that lies before `time_zone_from`, the
 * date by `time_zone_before`, but never later than the day before `time_zone_from`.
 */
export interface MemberShown {
  readonly user_id: Uuid;
  readonly name: string;
  readonly time_zone: string;
  /** The former time zone; it counts no more once `time_zone_from` has come. */
  readonly time_zone_before: string | null;
  /** The first local day of the present time zone. */
  readonly time_zone_from: LocalDay | null;
}

/** The last moods the two shared; long notes are cut, the pages have them whole. */
export interface MoodsShown {
  readonly latest: readonly ShownMood[];
}

/** A kind of notification that is not to come by a channel; the inbox still keeps it. */
export interface Muted {
  /** Text, at most 60 characters, matching `^[a-z][a-z0-9_.]*$(?!\n)`. */
  readonly notification_type: string;
  readonly channel?: "push";
}

/** The challenges one has or follows that go on, the newest first. */
export interface MyChallenges {
  readonly running: readonly ChallengeListed[];
}

/**
 * Which topics a person may join, and the newest invitations that wait.
 *
 * The others are at `GET /v1/invitations`.
 */
export interface MyRelationships {
  readonly relationships: readonly Relationship[];
  readonly sent: readonly SentInvitation[];
  readonly received: readonly Invitation[];
}

/** Something a person is told of. */
export interface Notification {
  readonly notification_id: Uuid;
  readonly notification_type: string;
  /** Text, at most 200 characters. */
  readonly title: string;
  /** Text, at most 1,000 characters. */
  readonly message: string;
  readonly priority: string;
  readonly relationship_id: Uuid | null;
  readonly created_at: Timestamp;
}

/** One time something is promised. */
export interface Occurrence {
  readonly event_id: Uuid;
  /** Its name within the challenge: its day, or its week and number. */
  readonly key: string;
  readonly first_day: LocalDay;
  readonly last_day: LocalDay;
  readonly opens_at: Timestamp;
  readonly due_at: Timestamp;
  /** What it costs to miss it. Integer from 0 to 1,000,000,000. */
  readonly amount_minor: number;
  readonly status: "scheduled" | "due" | "done" | "missed" | "excused" | "disputed" | "settled";
  /** What has become of it so far; final once it is settled. */
  readonly outcome: "done" | "missed" | "excused" | null;
  /** When it was done, by whoever did it, */
  readonly done_at: Timestamp | null;
  /** and which day that was for them. */
  readonly done_day: LocalDay | null;
  /** When it becomes final, unless it is disputed before. */
  readonly settle_at: Timestamp | null;
  readonly excuse: "outage" | "no_such_time" | "follower" | "ruling" | "unruled" | "parted" | null;
  /** Which time we were away it was excused by, where it was one. */
  readonly outage_id: Uuid | null;
  readonly dispute: Dispute | null;
}

/** On these days. */
export interface OnDates {
  readonly type: "dates";
  /** List of 1 to 60 items: day (YYYY-MM-DD). */
  readonly dates: readonly LocalDay[];
}

/** On some days of each week. */
export interface OnWeekdays {
  readonly type: "weekdays";
  /** List of 1 to 7 items: integer from 1 to 7. */
  readonly weekdays: readonly number[];
}

/** A payment as its payer sees it. */
export interface Payment {
  readonly payment_id: Uuid;
  readonly payment_type: "fund" | "forfeit";
  readonly status: "planned" | "open" | "action_needed" | "processing" | "declined" | "unpaid" | "succeeded" | "canceled";
  /** Integer, at least 0. */
  readonly amount_minor: number;
  readonly currency: string;
  /** What went back to the card, or is on its way. Integer, at least 0. */
  readonly refunded_minor: number;
  /** What the bank took back. Integer, at least 0. */
  readonly disputed_minor: number;
  readonly challenge_id: Uuid | null;
  readonly challenge_event_id: Uuid | null;
  /** Why it was declined, in Stripe's word, or `no_card`. */
  readonly problem: string | null;
  /** When the saved card is tried again. */
  readonly next_try_at: Timestamp | null;
  readonly created_at: Timestamp;
  readonly paid_at: Timestamp | null;
}

/** Money that goes back to the cards it came from. */
export interface Payout {
  readonly payout_id: Uuid;
  /** Integer, at least 0. */
  readonly amount_minor: number;
  readonly refunds: readonly Refund[];
  readonly created_at: Timestamp;
}

/** What you want of pushes. Urgent notifications come in quiet hours too, unless muted. */
export interface Preferences {
  readonly lock_screen?: "nothing" | "title" | "all";
  readonly quiet_hours?: QuietHours | null;
  /** List, at most 40 items: [Muted](#muted). */
  readonly muted?: readonly Muted[];
}

/** What a person says of themselves, and by which clock they live. */
export interface Profile {
  /** Text of 1 to 80 characters, on one line, with something to be seen in it and no control characters. */
  readonly name: string;
  /** Text of 1 to 40 characters, on one line, with something to be seen in it and no control characters or null. */
  readonly nickname: string | null;
  /** Text, at most 16 characters, matching `^\+[1-9][0-9]{6,14}$(?!\n)` or null. */
  readonly phone: string | null;
  /** Text, at most 500 characters, matching `^https://[!#-;=?-\[\]-~]+$(?!\n)` or null. */
  readonly photo_url: string | null;
  /** Text of 1 to 64 characters. */
  readonly time_zone: string;
  /** The former time zone, while its last day has not ended. */
  readonly time_zone_before: string | null;
  /** The first local day of the present time zone; before it the former one counts. */
  readonly time_zone_from: LocalDay | null;
  /** Text, at most 35 characters, matching `^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$(?!\n)`. */
  readonly locale: string;
  readonly love_language_primary: "words_of_affirmation" | "quality_time" | "receiving_gifts" | "acts_of_service" | "physical_touch" | null;
  readonly love_language_secondary: "words_of_affirmation" | "quality_time" | "receiving_gifts" | "acts_of_service" | "physical_touch" | null;
  /** Object, at most 32 entries: text of 1 to 40 characters → text, at most 200 characters or true or false or integer from -2,147,483,648 to 2,147,483,647. */
  readonly relationship_preferences: { readonly [key: string]: string | boolean | number };
}

/** What somebody shows for having done it; which of these is needed, the challenge says. */
export interface Proof {
  /** Text of 1 to 1,000 characters, with something to be seen in it and no control characters or null. */
  readonly note?: string | null;
  /** Integer from 0 to 1,000,000,000 or null. */
  readonly number?: number | null;
  /** Text of 1 to 300 characters, on one line, with something to be seen in it and no control characters or null. */
  readonly photo?: string | null;
}

/** What protects somebody from putting more on a promise than they want. */
export interface Protection {
  /** When they said that they are of age. */
  readonly adult_at: Timestamp | null;
  readonly excluded_until: Timestamp | null;
  /** Object, at most 2 entries: one of `coin`, `token`, `ai_credit`, `usd`, `usdc` → [AssetLimits](#assetlimits). */
  readonly limits: { readonly [key: string]: AssetLimits };
  /** Object, at most 2 entries: one of `coin`, `token`, `ai_credit`, `usd`, `usdc` → [AssetLimits](#assetlimits) or null. */
  readonly next_limits: { readonly [key: string]: AssetLimits } | null;
  /** When looser limits hold, where these were asked for. */
  readonly next_from: Timestamp | null;
}

/** From when until when nothing is pushed, by your own clock; it may go past midnight. */
export interface QuietHours {
  /** Text, at most 5 characters, matching `^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)`. */
  readonly begin: string;
  /** Text, at most 5 characters, matching `^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)`. */
  readonly end: string;
}

/** A part of a payment on its way back to its card. */
export interface Refund {
  readonly refund_id: Uuid;
  readonly payment_id: Uuid;
  /** Integer, at least 0. */
  readonly amount_minor: number;
  readonly status: "planned" | "pending" | "succeeded" | "failed";
}

/** Two people and what they agreed on; while it is `invited` there is one. */
export interface Relationship {
  readonly relationship_id: Uuid;
  readonly relationship_type: string;
  readonly start_date: LocalDay | null;
  readonly anniversary_date: LocalDay | null;
  readonly status: "invited" | "active" | "paused" | "ended";
  readonly privacy_level: "open" | "scores_only" | "private";
  readonly members: readonly MemberShown[];
}

/** An invitation as who sent it sees it; past `expires_at` nobody can accept it. */
export interface SentInvitation {
  readonly relationship_id: Uuid;
  readonly email: string | null;
  readonly relationship_type: string;
  readonly expires_at: Timestamp;
}

/** What was said to everybody, and when. */
export interface ShownAnnouncement {
  readonly announcement_id: Uuid;
  readonly message: string;
  readonly published_at: Timestamp;
}

/**
 * An inbox as it is shown to who comes anew; long texts are cut.
 *
 * All of it, whole, is at `GET /v1/notifications`.
 */
export interface ShownInbox {
  readonly unread: number;
  readonly latest: readonly Notification[];
}

/** A mood; a private one names no relationship. */
export interface ShownMood {
  readonly mood_log_id: Uuid;
  readonly user_id: Uuid;
  readonly relationship_id: Uuid | null;
  /** Text of 1 to 64 characters, on one line, with something to be seen in it and no control characters. */
  readonly mood: string;
  /** Integer from 1 to 10. */
  readonly mood_score: number;
  /** Text of 1 to 2,000 characters, with something to be seen in it and no control characters or null. */
  readonly notes: string | null;
  readonly local_day: LocalDay;
  readonly made_at: Timestamp;
  readonly updated_at: Timestamp | null;
}

/** What is at stake, and whose it becomes. */
export interface Stake {
  readonly mode: "prepaid" | "charge";
  readonly asset: "coin" | "token" | "ai_credit" | "usd" | "usdc";
  readonly forfeits_to: "partner" | "charity" | "house";
  /** The partner who gets it, where one does. */
  readonly beneficiary_id: Uuid | null;
}

/** What is to be at stake for each occurrence, and whose it becomes. */
export interface StakeWanted {
  readonly mode: "prepaid" | "charge";
  readonly asset: "coin" | "token" | "ai_credit" | "usd" | "usdc";
  /** Integer from 1 to 1,000,000,000. */
  readonly amount_minor: number;
  /** What a partner gets of `usd` stays in their wallet; of `usdc` they can take it out. */
  readonly forfeits_to: "partner" | "charity" | "house";
}

/**
 * On how many days in a row both checked in.
 *
 * It is broken once `last_day` lies before yesterday.
 */
export interface Streak {
  readonly current_days: number;
  readonly best_days: number;
  readonly last_day: LocalDay | null;
}

/** What has become of all that was settled. */
export interface Tally {
  readonly done: number;
  readonly missed: number;
  readonly excused: number;
  /** Integer from 0 to 1,000,000,000. */
  readonly forfeited_minor: number;
}

/** What is promised, and until when; as it holds at a time. */
export interface Terms {
  readonly schedule: Daily | OnWeekdays | TimesAWeek | OnDates;
  readonly window: Window;
  readonly last_day: LocalDay;
  /** Integer from 0 to 1,000,000,000. */
  readonly amount_minor?: number;
}

/** So many times within each seven days from the first on, on different days. */
export interface TimesAWeek {
  readonly type: "times_a_week";
  /** Integer from 1 to 6. */
  readonly times: number;
}

/** What a person has of every asset they ever had, by its name; a copy of the database's. */
export interface Wallet {
  readonly balances: readonly Balance[];
}

/** From which minute of a day until which something counts; 1440 is the end of the day. */
export interface Window {
  /** Integer from 0 to 1,439. */
  readonly opens_minute?: number;
  /** Integer from 1 to 1,440. */
  readonly closes_minute?: number;
}

/** To be reminded so long before something is due. */
export interface Wish {
  /** Integer from 1 to 2,880. */
  readonly before_minutes: number;
  /** `in_app` puts it into the inbox, `push` rings as well, `email` is a letter. */
  readonly channel: "push" | "email" | "in_app";
}

/** A withdrawal, as its owner sees it. */
export interface WithdrawalShown {
  readonly withdrawal_id: Uuid;
  /** Null where the address was erased since. */
  readonly wallet_id: Uuid | null;
  readonly address: string;
  /** Integer from 0 to 1,000,000,000,000,000. */
  readonly amount_micros: number;
  readonly status: "asked" | "confirmed" | "approved" | "executing" | "done" | "refused" | "expired" | "cancelled";
  readonly transaction_hash: string | null;
  /** Why it was refused, or why a payment of it did not count. */
  readonly reason: string | null;
  readonly asked_at: Timestamp;
  readonly confirm_until: Timestamp;
  readonly ended_at: Timestamp | null;
  /** Of two tellings of the same withdrawal the one with the later moment counts. */
  readonly changed_at: Timestamp;
}

// -------------------------------------------------------------------- Refusals

/** The bytes are not JSON or MessagePack, or not a frame. */
export interface MalformedRefusal {
  readonly code: "malformed";
  /** This cannot be read: {problem}. */
  readonly message: string;
  readonly facts: { readonly problem: string; };
  readonly temporary: false;
}

/** A field is missing, of the wrong type, out of its range or over its limit. */
export interface InvalidRefusal {
  readonly code: "invalid";
  /** {problem} (at {path}). */
  readonly message: string;
  readonly facts: { readonly path: string; readonly problem: string; };
  readonly temporary: false;
}

/** No message has this type. */
export interface UnknownTypeRefusal {
  readonly code: "unknown_type";
  /** There is no message of this type (at {path}). */
  readonly message: string;
  readonly facts: { readonly path: string; };
  readonly temporary: false;
}

/** The message has no such field; nothing is ignored silently. */
export interface UnknownFieldRefusal {
  readonly code: "unknown_field";
  /** There is no field {field} (at {path}). */
  readonly message: string;
  readonly facts: { readonly path: string; readonly field: string; };
  readonly temporary: false;
}

/** A frame carries more messages than a frame may. */
export interface BatchTooLongRefusal {
  readonly code: "batch_too_long";
  /** A frame may carry {count_max} messages, this one carries {count}. */
  readonly message: string;
  readonly facts: { readonly count: number; readonly count_max: number; };
  readonly temporary: false;
}

/** The first message of a socket must be a hello. */
export interface HelloExpectedRefusal {
  readonly code: "hello_expected";
  /** Say hello before anything else. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** A socket says hello once. */
export interface AlreadyGreetedRefusal {
  readonly code: "already_greeted";
  /** This socket has already said hello; open another for another person. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The token is wrong, expired or revoked; the answer is the same for all three. */
export interface UnauthenticatedRefusal {
  readonly code: "unauthenticated";
  /** This token does not open anything (any more). Sign in again, or refresh it. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The command is for another role. */
export interface ForbiddenRefusal {
  readonly code: "forbidden";
  /** Only the role {role} may do this. */
  readonly message: string;
  readonly facts: { readonly role: string; };
  readonly temporary: false;
}

/** There is no such thing, or it is not yours: the answer is the same. */
export interface NotFoundRefusal {
  readonly code: "not_found";
  /** There is no {what} of this name for you. */
  readonly message: string;
  readonly facts: { readonly what: string; };
  readonly temporary: false;
}

/** The command was sent to an actor that does not take it, or does not say to which. */
export interface WrongActorRefusal {
  readonly code: "wrong_actor";
  /** `to` is missing or of another kind: this belongs to an actor of the kind {expected}. */
  readonly message: string;
  readonly facts: { readonly expected: string; };
  readonly temporary: false;
}

/** The id has been used for another command, or by another person. */
export interface IdReusedRefusal {
  readonly code: "id_reused";
  /** This id was used before for something else; make a new one for each command. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The id is too old to know whether it was done; so it is not done. */
export interface IdExpiredRefusal {
  readonly code: "id_expired";
  /** This id is older than {days_max} days, so it is not known whether it was done. */
  readonly message: string;
  readonly facts: { readonly days_max: number; };
  readonly temporary: false;
}

/** It was done, and what was answered then named somebody whose account is erased by now. */
export interface AnswerErasedRefusal {
  readonly code: "answer_erased";
  /** This was done; its answer named somebody who is gone, and went with them. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The id is not a UUIDv7 of about now. */
export interface IdNotTimedRefusal {
  readonly code: "id_not_timed";
  /** Command ids are UUIDv7 made when the person acts, by a clock that is about right. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The person cannot have acted in the future. */
export interface MadeAtAheadRefusal {
  readonly code: "made_at_ahead";
  /** made_at lies {ahead_s} s in the future; set the clock or leave it out. */
  readonly message: string;
  readonly facts: { readonly ahead_s: number; };
  readonly temporary: false;
}

/** The command does not accept being told so late. */
export interface MadeAtTooOldRefusal {
  readonly code: "made_at_too_old";
  /** This may be told at most {back_dated_max_s} s after it happened. */
  readonly message: string;
  readonly facts: { readonly back_dated_max_s: number; };
  readonly temporary: false;
}

/** Too much from one socket, person or address. */
export interface RateLimitedRefusal {
  readonly code: "rate_limited";
  /** Too many at once; wait {retry_after_ms} ms. */
  readonly message: string;
  readonly facts: { readonly retry_after_ms: number; };
  readonly temporary: true;
}

/** A limit of what may wait was reached; nothing was done. */
export interface OverloadedRefusal {
  readonly code: "overloaded";
  /** Too much is waiting ({what}); nothing was done, try again in a moment. */
  readonly message: string;
  readonly facts: { readonly what: string; };
  readonly temporary: true;
}

/** Something Tandem needs is away for the moment; nothing was done. */
export interface TemporaryRefusal {
  readonly code: "temporary";
  /** This could not be done just now ({why}); nothing was changed, try again. */
  readonly message: string;
  readonly facts: { readonly why: string; };
  readonly temporary: true;
}

/** The actor lives elsewhere now; nothing was done. */
export interface MovedRefusal {
  readonly code: "moved";
  /** The actor has moved to another server; send the same command again. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: true;
}

/** No answer came in time, so it may have been done; sent again under its id it is done once. */
export interface TimedOutRefusal {
  readonly code: "timed_out";
  /** No answer within {waited_ms} ms; send the same again, id and all, to be sure. */
  readonly message: string;
  readonly facts: { readonly waited_ms: number; };
  readonly temporary: true;
}

/** A bug of ours; it has been written down under the reference. */
export interface InternalRefusal {
  readonly code: "internal";
  /** Something is wrong on our side; it is written down under {reference}. */
  readonly message: string;
  readonly facts: { readonly reference: string; };
  readonly temporary: false;
}

/** A socket follows as many topics as it may. */
export interface TopicsTooManyRefusal {
  readonly code: "topics_too_many";
  /** A socket may follow {count_max} topics; leave one first. */
  readonly message: string;
  readonly facts: { readonly count_max: number; };
  readonly temporary: false;
}

/** It has been done already. */
export interface AlreadyDoneRefusal {
  readonly code: "challenges.already_done";
  /** This was done already. */
  readonly message: string;
  readonly facts: { readonly key: string; };
  readonly temporary: false;
}

/** The change changes nothing, or would put more at stake than was pledged. */
export interface ChangeEmptyRefusal {
  readonly code: "challenges.change_empty";
  /** This changes nothing that can be changed; more at stake is another challenge. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** Another change waits for its day. */
export interface ChangePendingRefusal {
  readonly code: "challenges.change_pending";
  /** A change waits for {from_day} already; take it back first. */
  readonly message: string;
  readonly facts: { readonly from_day: LocalDay; };
  readonly temporary: false;
}

/** The first day lies in the past, or the last before the first, or too far ahead. */
export interface DaysWrongRefusal {
  readonly code: "challenges.days_wrong";
  /** A challenge begins today or within {ahead_days_max} days, and promises something. */
  readonly message: string;
  readonly facts: { readonly ahead_days_max: number; };
  readonly temporary: false;
}

/** Who was named when it was begun cannot be sent away by whose promise it is. */
export interface FollowerNeededRefusal {
  readonly code: "challenges.follower_needed";
  /** This was promised with them: only they themselves may stop following. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** A challenge has room for so many who follow it. */
export interface FollowersTooManyRefusal {
  readonly code: "challenges.followers_too_many";
  /** A challenge is followed by {count_max} at most. */
  readonly message: string;
  readonly facts: { readonly count_max: number; };
  readonly temporary: false;
}

/** What has begun cannot be called off; it can be ended from the seventh day on. */
export interface HasBegunRefusal {
  readonly code: "challenges.has_begun";
  /** This has begun; quit it instead, which holds from the seventh day on. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** What is final, or not decided yet, cannot be disputed. */
export interface NotDisputableRefusal {
  readonly code: "challenges.not_disputable";
  /** This cannot be disputed: it is {status}. */
  readonly message: string;
  readonly facts: { readonly status: string; };
  readonly temporary: false;
}

/** Nothing of this challenge could be done at that moment: no window was open. */
export interface NotOpenRefusal {
  readonly code: "challenges.not_open";
  /** Nothing of this challenge was open at that moment. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** Nobody rules on what they gain by, or what is their own. */
export interface NotRefereeRefusal {
  readonly code: "challenges.not_referee";
  /** You cannot rule on this: it is yours, or you would gain by it. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** Only who made the promise may do this. */
export interface NotYoursRefusal {
  readonly code: "challenges.not_yours";
  /** Only who made this promise may do that. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The challenge has ended. */
export interface ChallengeOverRefusal {
  readonly code: "challenges.over";
  /** This challenge has ended. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** Somebody must follow who gets it, or who can confirm and rule. */
export interface PartnerNeededRefusal {
  readonly code: "challenges.partner_needed";
  /** This needs a partner: {why}. */
  readonly message: string;
  readonly facts: { readonly why: string; };
  readonly temporary: false;
}

/** What is shown is not the proof this challenge wants. */
export interface ProofMissingRefusal {
  readonly code: "challenges.proof_missing";
  /** This challenge wants as proof: {proof}. */
  readonly message: string;
  readonly facts: { readonly proof: "note" | "number" | "photo" | "partner"; };
  readonly temporary: false;
}

/** The schema of the settings is none, or not one of an object. */
export interface SchemaWrongRefusal {
  readonly code: "challenges.schema_wrong";
  /** settings_schema is no JSON Schema of an object: {problem}. */
  readonly message: string;
  readonly facts: { readonly problem: string; };
  readonly temporary: false;
}

/** The settings are not what the template's schema wants. */
export interface SettingsWrongRefusal {
  readonly code: "challenges.settings_wrong";
  /** The settings do not fit the template: {problem} (at {path}). */
  readonly message: string;
  readonly facts: { readonly path: string; readonly problem: string; };
  readonly temporary: false;
}

/** The number lies below what was promised. */
export interface TargetMissedRefusal {
  readonly code: "challenges.target_missed";
  /** {number} is less than what you promised: {target}. */
  readonly message: string;
  readonly facts: { readonly number: number; readonly target: number; };
  readonly temporary: false;
}

/** The template is another since it was read. */
export interface TemplateChangedRefusal {
  readonly code: "challenges.template_changed";
  /** The template {template_slug} has changed; read version {version} and begin again. */
  readonly message: string;
  readonly facts: { readonly template_slug: string; readonly version: number; };
  readonly temporary: false;
}

/** The template does not allow this. */
export interface TemplateForbidsRefusal {
  readonly code: "challenges.template_forbids";
  /** The template {template_slug} does not allow this: {what}. */
  readonly message: string;
  readonly facts: { readonly template_slug: string; readonly what: string; };
  readonly temporary: false;
}

/** There is no such template, or it is not offered any more. */
export interface TemplateUnknownRefusal {
  readonly code: "challenges.template_unknown";
  /** There is no template {template_slug} to begin with. */
  readonly message: string;
  readonly facts: { readonly template_slug: string; };
  readonly temporary: false;
}

/** The catalogue is full. */
export interface TemplatesTooManyRefusal {
  readonly code: "challenges.templates_too_many";
  /** The catalogue has {count_max} templates; that is the most. */
  readonly message: string;
  readonly facts: { readonly count_max: number; };
  readonly temporary: false;
}

/** A person may have so many challenges at once. */
export interface ChallengesTooManyRefusal {
  readonly code: "challenges.too_many";
  /** You have {count_max} challenges that go on; that is the most. */
  readonly message: string;
  readonly facts: { readonly count_max: number; };
  readonly temporary: false;
}

/** Nobody can keep what was over before they promised it. */
export interface WindowOverRefusal {
  readonly code: "challenges.window_over";
  /** The window of {key} is over already; begin with another day, or a later window. */
  readonly message: string;
  readonly facts: { readonly key: string; };
  readonly temporary: false;
}

/** A window closes after it opens. */
export interface WindowWrongRefusal {
  readonly code: "challenges.window_wrong";
  /** A window closes after it opens. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** There is a check-in of this person for this day; on another device perhaps. */
export interface AlreadySubmittedRefusal {
  readonly code: "checkins.already_submitted";
  /** You have checked in for {local_day} already; amend that check-in instead. */
  readonly message: string;
  readonly facts: { readonly local_day: LocalDay; readonly check_in_id: Uuid; };
  readonly temporary: false;
}

/** A check-in may be changed on its own day only. */
export interface CheckInDayOverRefusal {
  readonly code: "checkins.day_over";
  /** The day of this check-in ({local_day}) is over; it stays as it is. */
  readonly message: string;
  readonly facts: { readonly local_day: LocalDay; };
  readonly temporary: false;
}

/** The day lies so far back that what follows from it is settled. */
export interface CheckInTooLateRefusal {
  readonly code: "checkins.too_late";
  /** {local_day} lies too far back to check in for it. */
  readonly message: string;
  readonly facts: { readonly local_day: LocalDay; };
  readonly temporary: false;
}

/** The account was closed by those who run Tandem; said only to who proves to own it. */
export interface AccountInactiveRefusal {
  readonly code: "identity.account_inactive";
  /** This account is deactivated. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** Its owner deactivated the account; said only to who proves to own it. */
export interface AccountRestingRefusal {
  readonly code: "identity.account_resting";
  /** You deactivated this account; sign in with reactivate to come back. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** What a thief with an open device would do needs the password, or a fresh sign-in. */
export interface ConfirmationNeededRefusal {
  readonly code: "identity.confirmation_needed";
  /** Give your current password, or sign in again and do this within {within_s} s. */
  readonly message: string;
  readonly facts: { readonly within_s: number; };
  readonly temporary: false;
}

/** What is agreed to is the version that is in force. */
export interface ConsentOutdatedRefusal {
  readonly code: "identity.consent_outdated";
  /** The {document} in force are of version {version}. */
  readonly message: string;
  readonly facts: { readonly document: string; readonly version: string; };
  readonly temporary: false;
}

/** The account elsewhere opens another account here. */
export interface CredentialTakenRefusal {
  readonly code: "identity.credential_taken";
  /** That account opens another account here already. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The provider told no e-mail address, and an account needs one. */
export interface EmailNeededRefusal {
  readonly code: "identity.email_needed";
  /** The provider told us no e-mail address; allow that, or come in by a link. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** There is an account with this e-mail address. */
export interface EmailTakenRefusal {
  readonly code: "identity.email_taken";
  /** There is an account with this e-mail address already; sign in instead. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The last thing that opens an account cannot be removed from it. */
export interface LastWayInRefusal {
  readonly code: "identity.last_way_in";
  /** This is the only way into your account; verify your e-mail address first. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The time of the link is over. */
export interface LinkExpiredRefusal {
  readonly code: "identity.link_expired";
  /** The time of this link is over. Ask for another. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** No such link was ever sent, or it was asked for on another device. */
export interface LinkUnknownRefusal {
  readonly code: "identity.link_unknown";
  /** This link does not open anything. Ask for another, and open it on this device. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** A link opens once; this one has been opened, or a later one for the same. */
export interface LinkUsedRefusal {
  readonly code: "identity.link_used";
  /** This link was used already. Ask for another. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** This deployment knows no provider of this name. */
export interface NoSuchProviderRefusal {
  readonly code: "identity.no_such_provider";
  /** Nobody comes in by {provider} here. */
  readonly message: string;
  readonly facts: { readonly provider: string; };
  readonly temporary: false;
}

/** All preferences together may take so many bytes, counted as JSON. */
export interface PreferencesTooLongRefusal {
  readonly code: "identity.preferences_too_long";
  /** Your preferences take {bytes_now} bytes; {bytes_max} is the most. */
  readonly message: string;
  readonly facts: { readonly bytes_now: number; readonly bytes_max: number; };
  readonly temporary: false;
}

/** What the provider is said to have vouched for does not hold. */
export interface ProviderRefusedRefusal {
  readonly code: "identity.provider_refused";
  /** The provider's word could not be taken. Begin again. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The refresh token was exchanged before, so two hold it: the session is ended for both. */
export interface RefreshTokenReusedRefusal {
  readonly code: "identity.refresh_token_reused";
  /** This session was ended, because its refresh token was used twice. Sign in again. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** A link leads only to origins that this deployment has named. */
export interface ReturnToNotAllowedRefusal {
  readonly code: "identity.return_to_not_allowed";
  /** return_to does not lead to a place of this deployment. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The name is none of the IANA time zones. */
export interface UnknownTimeZoneRefusal {
  readonly code: "identity.unknown_time_zone";
  /** There is no time zone {time_zone}; names are like Europe/Berlin. */
  readonly message: string;
  readonly facts: { readonly time_zone: string; };
  readonly temporary: false;
}

/** The password is one that guessers try first. */
export interface WeakPasswordRefusal {
  readonly code: "identity.weak_password";
  /** This password would be guessed: {why}. Choose another. */
  readonly message: string;
  readonly facts: { readonly why: string; };
  readonly temporary: false;
}

/** The password is wrong, or nobody has this e-mail address: the answer is the same. */
export interface WrongCredentialsRefusal {
  readonly code: "identity.wrong_credentials";
  /** E-mail address and password do not belong together. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** No such invitation waits for you: the answer is the same whatever became of it. */
export interface InvitationNotFoundRefusal {
  readonly code: "invitations.not_found";
  /** No invitation of this kind waits for you (any more). Ask for a new one. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** This address has been invited and has not answered. */
export interface InvitationPendingRefusal {
  readonly code: "invitations.pending";
  /** You have invited this address already; revoke that invitation first. */
  readonly message: string;
  readonly facts: { readonly relationship_id: Uuid; };
  readonly temporary: false;
}

/** A person may send so many invitations a day. */
export interface InvitationsTooManyRefusal {
  readonly code: "invitations.too_many";
  /** You have sent {count_max} invitations within a day; the next may go at {next_at}. */
  readonly message: string;
  readonly facts: { readonly count_max: number; readonly next_at: Timestamp; };
  readonly temporary: false;
}

/** An invitation goes to an e-mail address or has a code: one of the two. */
export interface InvitationUnaddressedRefusal {
  readonly code: "invitations.unaddressed";
  /** Give either the e-mail address of who is invited, or a code to hand over. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The code would be guessed, or stands for another invitation. */
export interface WeakCodeRefusal {
  readonly code: "invitations.weak_code";
  /** This code would be guessed. Draw another at random, of 12 characters or more. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** There is no account of this id. */
export interface AccountUnknownRefusal {
  readonly code: "ledger.account_unknown";
  /** There is no account {account_id}; a wallet must be opened before it is used. */
  readonly message: string;
  readonly facts: { readonly account_id: Uuid; };
  readonly temporary: false;
}

/** An account holds one asset; others cannot be moved into it or out of it. */
export interface AssetsDifferRefusal {
  readonly code: "ledger.assets_differ";
  /** The account {account_id} does not hold {asset}. */
  readonly message: string;
  readonly facts: { readonly account_id: Uuid; readonly asset: "coin" | "token" | "ai_credit" | "usd" | "usdc"; };
  readonly temporary: false;
}

/** Money that is left goes with an account that is erased; its owner has to say so. */
export interface BalanceLeftRefusal {
  readonly code: "ledger.balance_left";
  /** You have {available_minor} of {asset}; have it paid out, or say that you give it up. */
  readonly message: string;
  readonly facts: { readonly asset: "coin" | "token" | "ai_credit" | "usd" | "usdc"; readonly available_minor: number; };
  readonly temporary: false;
}

/** No more than what is held can be taken from a hold. */
export interface HoldExceededRefusal {
  readonly code: "ledger.hold_exceeded";
  /** The hold {hold_id} is for {held_minor}; {amount_minor} cannot be taken from it. */
  readonly message: string;
  readonly facts: { readonly hold_id: Uuid; readonly amount_minor: number; readonly held_minor: number; };
  readonly temporary: false;
}

/** The time to take from the hold is over; what is held goes back. */
export interface HoldExpiredRefusal {
  readonly code: "ledger.hold_expired";
  /** The hold {hold_id} was good until {expires_at}. */
  readonly message: string;
  readonly facts: { readonly hold_id: Uuid; readonly expires_at: Timestamp; };
  readonly temporary: false;
}

/** A hold expires when its time has come, not before; it may be voided at any time. */
export interface HoldNotDueRefusal {
  readonly code: "ledger.hold_not_due";
  /** The hold {hold_id} has not expired; void it to end it now. */
  readonly message: string;
  readonly facts: { readonly hold_id: Uuid; readonly expires_at: Timestamp | null; };
  readonly temporary: false;
}

/** A hold ends once: it was posted, voided or has expired. */
export interface HoldResolvedRefusal {
  readonly code: "ledger.hold_resolved";
  /** The hold {hold_id} has ended already. */
  readonly message: string;
  readonly facts: { readonly hold_id: Uuid; };
  readonly temporary: false;
}

/** There is no hold of this id. */
export interface HoldUnknownRefusal {
  readonly code: "ledger.hold_unknown";
  /** There is no hold {hold_id}. */
  readonly message: string;
  readonly facts: { readonly hold_id: Uuid; };
  readonly temporary: false;
}

/** The account does not have so much; what is held counts as spent. */
export interface InsufficientFundsRefusal {
  readonly code: "ledger.insufficient_funds";
  /** This needs {amount_minor} of {asset}, and {available_minor} is available. */
  readonly message: string;
  readonly facts: { readonly asset: "coin" | "token" | "ai_credit" | "usd" | "usdc"; readonly amount_minor: number; readonly available_minor: number; };
  readonly temporary: false;
}

/** Nobody's account is erased while money of theirs is held for something. */
export interface MoneyHeldRefusal {
  readonly code: "ledger.money_held";
  /** {held_minor} of {asset} are held for something; wait until that is decided. */
  readonly message: string;
  readonly facts: { readonly asset: "coin" | "token" | "ai_credit" | "usd" | "usdc"; readonly held_minor: number; };
  readonly temporary: false;
}

/** A transfer of this id has been posted before. */
export interface TransferExistsRefusal {
  readonly code: "ledger.transfer_exists";
  /** The transfer {transfer_id} has been posted already; a new one needs a new id. */
  readonly message: string;
  readonly facts: { readonly transfer_id: Uuid; };
  readonly temporary: false;
}

/** A person may log so many moods a day; more is a broken client. */
export interface MoodsTooManyRefusal {
  readonly code: "moods.too_many";
  /** You have logged {count_max} moods on {local_day}; that is the most for a day. */
  readonly message: string;
  readonly facts: { readonly count_max: number; readonly local_day: LocalDay; };
  readonly temporary: false;
}

/** The endpoint is not that of a push service on the public network. */
export interface EndpointNotAllowedRefusal {
  readonly code: "notifications.endpoint_not_allowed";
  /** This endpoint is not one of a push service: it must be https, and public. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The subscription was made with a key this deployment does not push with (any more). */
export interface PushKeyUnknownRefusal {
  readonly code: "notifications.push_key_unknown";
  /** This subscription was made with another key; unsubscribe, and subscribe with the one of GET /v1/push/key. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** This deployment has no key for Web Push. */
export interface PushNotSetUpRefusal {
  readonly code: "notifications.push_not_set_up";
  /** This server does not push; notifications come over the socket and wait in the inbox. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** Quiet hours end when they begin. */
export interface QuietHoursEmptyRefusal {
  readonly code: "notifications.quiet_hours_empty";
  /** Quiet hours cannot begin and end at {begin}; leave them out to have none. */
  readonly message: string;
  readonly facts: { readonly begin: string; };
  readonly temporary: false;
}

/** An amount is less or more than may be paid at once. */
export interface AmountWrongRefusal {
  readonly code: "payments.amount_wrong";
  /** Between {least_minor} and {most_minor} cents can be paid at once. */
  readonly message: string;
  readonly facts: { readonly least_minor: number; readonly most_minor: number; };
  readonly temporary: false;
}

/** A promise that is paid by card needs a saved one. */
export interface CardMissingRefusal {
  readonly code: "payments.card_missing";
  /** Save a card first: it is charged for what you miss. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** A card cannot be charged with so little, or with anything but dollars. */
export interface ChargeImpossibleRefusal {
  readonly code: "payments.charge_impossible";
  /** A card is charged in usd, with {least_minor} cents or more each time. */
  readonly message: string;
  readonly facts: { readonly least_minor: number; };
  readonly temporary: false;
}

/** More than may be paid in within a day. */
export interface PayingInLimitReachedRefusal {
  readonly code: "payments.day_limit_reached";
  /** {left_minor} cents can still be paid in within a day of your first payment. */
  readonly message: string;
  readonly facts: { readonly left_minor: number; };
  readonly temporary: false;
}

/** A payment that has come to its end cannot go on. */
export interface PaymentDecidedRefusal {
  readonly code: "payments.decided";
  /** This payment is {status} already. */
  readonly message: string;
  readonly facts: { readonly status: string; };
  readonly temporary: false;
}

/** The id stands for another payment or payout already. */
export interface PaymentDiffersRefusal {
  readonly code: "payments.differs";
  /** {id} is the id of something else already; a new one needs a new id. */
  readonly message: string;
  readonly facts: { readonly id: Uuid; };
  readonly temporary: false;
}

/** This deployment takes no cards. */
export interface CardsNotOfferedRefusal {
  readonly code: "payments.not_offered";
  /** Nothing can be paid by card here. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** Nobody is erased who owes something. */
export interface PaymentOpenRefusal {
  readonly code: "payments.open";
  /** You owe {owed_minor} cents for what you missed; pay that first. */
  readonly message: string;
  readonly facts: { readonly owed_minor: number; };
  readonly temporary: false;
}

/** Who owes something settles that first. */
export interface OwingRefusal {
  readonly code: "payments.owing";
  /** You owe {owed_minor} cents; pay that first. */
  readonly message: string;
  readonly facts: { readonly owed_minor: number; };
  readonly temporary: false;
}

/** More than what came from cards and is still there. */
export interface PayoutExceedsRefusal {
  readonly code: "payments.payout_exceeds";
  /** {refundable_minor} cents can go back to the cards they came from. */
  readonly message: string;
  readonly facts: { readonly refundable_minor: number; };
  readonly temporary: false;
}

/**
 * Too much of what came in lately and was put on no promise would go back.
 *
 * Stripe keeps its fee of it, so money that only comes and goes is paid for by us.
 */
export interface PayoutTooSoonRefusal {
  readonly code: "payments.payout_too_soon";
  /** So much of what came in lately goes back only after a promise or 30 days: {most_minor} cents now, and all of it after {again_at}. */
  readonly message: string;
  readonly facts: { readonly most_minor: number; readonly again_at: Timestamp; };
  readonly temporary: false;
}

/** Stripe does not answer for the moment. */
export interface StripeUnreachableRefusal {
  readonly code: "payments.stripe_unreachable";
  /** Cards cannot be charged just now; try again in a while, with the same id. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** Too many payments are open at once. */
export interface PaymentsTooManyRefusal {
  readonly code: "payments.too_many";
  /** {count_max} payments of yours are open; finish or cancel one first. */
  readonly message: string;
  readonly facts: { readonly count_max: number; };
  readonly temporary: false;
}

/** Nothing proves that Stripe sent this. */
export interface WebhookUnprovedRefusal {
  readonly code: "payments.webhook_unproved";
  /** This is not taken for a webhook of Stripe's. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The time in which an erasure could be called off is over. */
export interface BeingErasedRefusal {
  readonly code: "privacy.being_erased";
  /** This account is being erased, as was asked for; it cannot be had back. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** An export could not be made, though it was tried again and again. */
export interface ExportFailedRefusal {
  readonly code: "privacy.export_failed";
  /** Your data could not be gathered; ask for it again. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The time of the link to an archive is over. */
export interface ExportLinkExpiredRefusal {
  readonly code: "privacy.export_link_expired";
  /** The time of this link is over. Ask for another. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** There is nothing to fetch yet, or there never will be. */
export interface ExportNotReadyRefusal {
  readonly code: "privacy.export_not_ready";
  /** There is nothing to fetch: this export is {state}. */
  readonly message: string;
  readonly facts: { readonly state: string; };
  readonly temporary: false;
}

/** There is more than an export may hold. */
export interface ExportTooLargeRefusal {
  readonly code: "privacy.export_too_large";
  /** Your data is more than {bytes_max} bytes. Write to those who run this deployment: they can allow more (TANDEM_EXPORT_BYTES_MAX). */
  readonly message: string;
  readonly facts: { readonly bytes_max: number; };
  readonly temporary: false;
}

/** One export of a person is made at a time. */
export interface ExportUnderWayRefusal {
  readonly code: "privacy.export_under_way";
  /** Your data is being gathered already; you hear when it is ready. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** A person may have so many exports made a day. */
export interface ExportsTooManyRefusal {
  readonly code: "privacy.exports_too_many";
  /** You had your data gathered {count_max} times within a day; the next at {next_at}. */
  readonly message: string;
  readonly facts: { readonly count_max: number; readonly next_at: Timestamp; };
  readonly temporary: false;
}

/** The two are in a relationship with each other already. */
export interface AlreadyTogetherRefusal {
  readonly code: "relationships.already_together";
  /** You are in a relationship with this person already. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** The two have paused their relationship. */
export interface RelationshipPausedRefusal {
  readonly code: "relationships.paused";
  /** This relationship is paused; nothing new can be shared in it until one resumes it. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** A person may have so many relationships, open invitations included. */
export interface RelationshipsTooManyRefusal {
  readonly code: "relationships.too_many";
  /** You have {count_max} relationships and open invitations; that is the most. */
  readonly message: string;
  readonly facts: { readonly count_max: number; };
  readonly temporary: false;
}

/** By then it is due, and nothing could be done about it any more. */
export interface SnoozedTooLongRefusal {
  readonly code: "reminders.snoozed_too_long";
  /** This is due at {due_at}: be reminded of it before. */
  readonly message: string;
  readonly facts: { readonly due_at: Timestamp; };
  readonly temporary: false;
}

/** Money is put on a promise only by who said that they are of age. */
export interface AdultsOnlyRefusal {
  readonly code: "stakes.adults_only";
  /** Say first that you are of age: money on a promise is for adults. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** Who has shut themselves out cannot shorten that. */
export interface AlreadyExcludedRefusal {
  readonly code: "stakes.already_excluded";
  /** You are shut out until {until}; that can be made longer, not shorter. */
  readonly message: string;
  readonly facts: { readonly until: Timestamp; };
  readonly temporary: false;
}

/** The person has shut themselves out from stakes for a time. */
export interface ExcludedRefusal {
  readonly code: "stakes.excluded";
  /** You shut yourself out from stakes until {until}. */
  readonly message: string;
  readonly facts: { readonly until: Timestamp; };
  readonly temporary: false;
}

/** The limit the person set themselves. */
export interface LimitExceededRefusal {
  readonly code: "stakes.limit_exceeded";
  /** Your limit for {what} is {limit_minor} of {asset}; this would be {amount_minor}. */
  readonly message: string;
  readonly facts: { readonly what: string; readonly asset: "coin" | "token" | "ai_credit" | "usd" | "usdc"; readonly limit_minor: number; readonly amount_minor: number; };
  readonly temporary: false;
}

/** A new address is not paid to at once, so that its owner can notice what a thief added. */
export interface AddressCoolingRefusal {
  readonly code: "usdc.address_cooling";
  /** This address is new; it is paid to from {usable_from} on. */
  readonly message: string;
  readonly facts: { readonly usable_from: Timestamp; };
  readonly temporary: false;
}

/** An address that is about to be paid to stays. */
export interface AddressInUseRefusal {
  readonly code: "usdc.address_in_use";
  /** A withdrawal to this address is open; cancel it first, or wait for its end. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** Money must not be sent to this address. */
export interface AddressRefusedRefusal {
  readonly code: "usdc.address_refused";
  /** {why} */
  readonly message: string;
  readonly facts: { readonly why: string; };
  readonly temporary: false;
}

/** A person has only so many addresses of their own. */
export interface AddressesTooManyRefusal {
  readonly code: "usdc.addresses_too_many";
  /** You have {count_max} addresses, which is the most; remove one first. */
  readonly message: string;
  readonly facts: { readonly count_max: number; };
  readonly temporary: false;
}

/** One withdrawal is neither too small nor too large. */
export interface AmountOutOfRangeRefusal {
  readonly code: "usdc.amount_out_of_range";
  /** A withdrawal is of {micros_min} to {micros_max} micros; this is {amount_micros}. */
  readonly message: string;
  readonly facts: { readonly amount_micros: number; readonly micros_min: number; readonly micros_max: number; };
  readonly temporary: false;
}

/** Only so much is withdrawn within a day. */
export interface DayLimitReachedRefusal {
  readonly code: "usdc.day_limit_reached";
  /** Within a day you may withdraw {day_micros_max} micros; {left_micros} are left. */
  readonly message: string;
  readonly facts: { readonly day_micros_max: number; readonly left_micros: number; };
  readonly temporary: false;
}

/** A withdrawal is confirmed by a letter, so the address it goes to must be its owner's. */
export interface EmailNotProvedRefusal {
  readonly code: "usdc.email_not_proved";
  /** Prove your e-mail address first: withdrawals are confirmed by a letter. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** Operators have yet to hand in further addresses. */
export interface NoAddressFreeRefusal {
  readonly code: "usdc.no_address_free";
  /** There is no address for you just now; try again in some hours. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: true;
}

/** This deployment knows no chain. */
export interface NotOfferedRefusal {
  readonly code: "usdc.not_offered";
  /** Money does not come or go as USDC here. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** What was decided of a withdrawal cannot be taken back. */
export interface WithdrawalDecidedRefusal {
  readonly code: "usdc.withdrawal_decided";
  /** This withdrawal is {status}, so that cannot be done any more. */
  readonly message: string;
  readonly facts: { readonly status: "asked" | "confirmed" | "approved" | "executing" | "done" | "refused" | "expired" | "cancelled"; };
  readonly temporary: false;
}

/** Nobody's account is erased while money is on its way to them. */
export interface WithdrawalOpenRefusal {
  readonly code: "usdc.withdrawal_open";
  /** A withdrawal of yours is open; cancel it, or wait for its end. */
  readonly message: string;
  readonly facts: {};
  readonly temporary: false;
}

/** Only so many withdrawals are asked for within a day. */
export interface WithdrawalsTooManyRefusal {
  readonly code: "usdc.withdrawals_too_many";
  /** You have withdrawn {count_max} times within a day, which is the most. */
  readonly message: string;
  readonly facts: { readonly count_max: number; };
  readonly temporary: false;
}

/** What any ask may meet. */
export type CommonRefusal =
  | MalformedRefusal
  | InvalidRefusal
  | UnknownTypeRefusal
  | UnknownFieldRefusal
  | BatchTooLongRefusal
  | HelloExpectedRefusal
  | AlreadyGreetedRefusal
  | UnauthenticatedRefusal
  | ForbiddenRefusal
  | NotFoundRefusal
  | WrongActorRefusal
  | IdReusedRefusal
  | IdExpiredRefusal
  | AnswerErasedRefusal
  | IdNotTimedRefusal
  | MadeAtAheadRefusal
  | MadeAtTooOldRefusal
  | RateLimitedRefusal
  | OverloadedRefusal
  | TemporaryRefusal
  | MovedRefusal
  | TimedOutRefusal
  | InternalRefusal
  | TopicsTooManyRefusal;

/** Every refusal. */
export type AnyRefusal =
  | MalformedRefusal
  | InvalidRefusal
  | UnknownTypeRefusal
  | UnknownFieldRefusal
  | BatchTooLongRefusal
  | HelloExpectedRefusal
  | AlreadyGreetedRefusal
  | UnauthenticatedRefusal
  | ForbiddenRefusal
  | NotFoundRefusal
  | WrongActorRefusal
  | IdReusedRefusal
  | IdExpiredRefusal
  | AnswerErasedRefusal
  | IdNotTimedRefusal
  | MadeAtAheadRefusal
  | MadeAtTooOldRefusal
  | RateLimitedRefusal
  | OverloadedRefusal
  | TemporaryRefusal
  | MovedRefusal
  | TimedOutRefusal
  | InternalRefusal
  | TopicsTooManyRefusal
  | AlreadyDoneRefusal
  | ChangeEmptyRefusal
  | ChangePendingRefusal
  | DaysWrongRefusal
  | FollowerNeededRefusal
  | FollowersTooManyRefusal
  | HasBegunRefusal
  | NotDisputableRefusal
  | NotOpenRefusal
  | NotRefereeRefusal
  | NotYoursRefusal
  | ChallengeOverRefusal
  | PartnerNeededRefusal
  | ProofMissingRefusal
  | SchemaWrongRefusal
  | SettingsWrongRefusal
  | TargetMissedRefusal
  | TemplateChangedRefusal
  | TemplateForbidsRefusal
  | TemplateUnknownRefusal
  | TemplatesTooManyRefusal
  | ChallengesTooManyRefusal
  | WindowOverRefusal
  | WindowWrongRefusal
  | AlreadySubmittedRefusal
  | CheckInDayOverRefusal
  | CheckInTooLateRefusal
  | AccountInactiveRefusal
  | AccountRestingRefusal
  | ConfirmationNeededRefusal
  | ConsentOutdatedRefusal
  | CredentialTakenRefusal
  | EmailNeededRefusal
  | EmailTakenRefusal
  | LastWayInRefusal
  | LinkExpiredRefusal
  | LinkUnknownRefusal
  | LinkUsedRefusal
  | NoSuchProviderRefusal
  | PreferencesTooLongRefusal
  | ProviderRefusedRefusal
  | RefreshTokenReusedRefusal
  | ReturnToNotAllowedRefusal
  | UnknownTimeZoneRefusal
  | WeakPasswordRefusal
  | WrongCredentialsRefusal
  | InvitationNotFoundRefusal
  | InvitationPendingRefusal
  | InvitationsTooManyRefusal
  | InvitationUnaddressedRefusal
  | WeakCodeRefusal
  | AccountUnknownRefusal
  | AssetsDifferRefusal
  | BalanceLeftRefusal
  | HoldExceededRefusal
  | HoldExpiredRefusal
  | HoldNotDueRefusal
  | HoldResolvedRefusal
  | HoldUnknownRefusal
  | InsufficientFundsRefusal
  | MoneyHeldRefusal
  | TransferExistsRefusal
  | MoodsTooManyRefusal
  | EndpointNotAllowedRefusal
  | PushKeyUnknownRefusal
  | PushNotSetUpRefusal
  | QuietHoursEmptyRefusal
  | AmountWrongRefusal
  | CardMissingRefusal
  | ChargeImpossibleRefusal
  | PayingInLimitReachedRefusal
  | PaymentDecidedRefusal
  | PaymentDiffersRefusal
  | CardsNotOfferedRefusal
  | PaymentOpenRefusal
  | OwingRefusal
  | PayoutExceedsRefusal
  | PayoutTooSoonRefusal
  | StripeUnreachableRefusal
  | PaymentsTooManyRefusal
  | WebhookUnprovedRefusal
  | BeingErasedRefusal
  | ExportFailedRefusal
  | ExportLinkExpiredRefusal
  | ExportNotReadyRefusal
  | ExportTooLargeRefusal
  | ExportUnderWayRefusal
  | ExportsTooManyRefusal
  | AlreadyTogetherRefusal
  | RelationshipPausedRefusal
  | RelationshipsTooManyRefusal
  | SnoozedTooLongRefusal
  | AdultsOnlyRefusal
  | AlreadyExcludedRefusal
  | ExcludedRefusal
  | LimitExceededRefusal
  | AddressCoolingRefusal
  | AddressInUseRefusal
  | AddressRefusedRefusal
  | AddressesTooManyRefusal
  | AmountOutOfRangeRefusal
  | DayLimitReachedRefusal
  | EmailNotProvedRefusal
  | NoAddressFreeRefusal
  | NotOfferedRefusal
  | WithdrawalDecidedRefusal
  | WithdrawalOpenRefusal
  | WithdrawalsTooManyRefusal;

// ------------------------------------------------------- What belongs together

/** What each ask is answered with. */
export interface Answers {
  readonly "announcements.publish": AnnouncementPublished;
  readonly "challenges.call_off": ChallengeEnded;
  readonly "challenges.change": ChangeAsked;
  readonly "challenges.confirm": OccurrenceDone;
  readonly "challenges.dispute": OccurrenceDisputed;
  readonly "challenges.excuse": OccurrenceExcused;
  readonly "challenges.prove": OccurrenceDone;
  readonly "challenges.publish_template": TemplatePublished;
  readonly "challenges.quit": ChangeAsked;
  readonly "challenges.rule": OccurrenceRuled;
  readonly "challenges.share": FollowersChanged;
  readonly "challenges.start": ChallengeStarted;
  readonly "challenges.unfollow": FollowersChanged;
  readonly "challenges.unshare": FollowersChanged;
  readonly "checkins.amend": CheckInAmended;
  readonly "checkins.submit": CheckInSubmitted;
  readonly "checkins.undo": CheckInUndone;
  readonly "identity.change_profile": ProfileChanged;
  readonly "invitations.accept": InvitationAccepted;
  readonly "invitations.decline": InvitationDeclined;
  readonly "invitations.open": InvitationOpened;
  readonly "invitations.revoke": InvitationRevoked;
  readonly "moods.delete": MoodDeleted;
  readonly "moods.delete_private": PrivateMoodDeleted;
  readonly "moods.edit": MoodEdited;
  readonly "moods.edit_private": PrivateMoodEdited;
  readonly "moods.log": MoodLogged;
  readonly "moods.log_private": PrivateMoodLogged;
  readonly "notifications.change_preferences": PreferencesChanged;
  readonly "notifications.mark_all_read": ReadMarked;
  readonly "notifications.mark_read": ReadMarked;
  readonly "relationships.block": RelationshipEnded;
  readonly "relationships.change": RelationshipChanged;
  readonly "relationships.leave": RelationshipEnded;
  readonly "relationships.unblock": Unblocked;
  readonly "reminders.set": RemindersSet;
  readonly "reminders.snooze": ReminderSnoozed;
  readonly "stakes.exclude_myself": ProtectionChanged;
  readonly "stakes.set_limits": ProtectionChanged;
  readonly "stakes.state_adult": ProtectionChanged;
}

/** What each ask may be refused with, beside the common refusals. */
export interface Refusals {
  readonly "announcements.publish": never;
  readonly "challenges.call_off": HasBegunRefusal | NotYoursRefusal | ChallengeOverRefusal | NotFoundRefusal;
  readonly "challenges.change": ChangePendingRefusal | ChangeEmptyRefusal | WindowWrongRefusal | ChargeImpossibleRefusal | NotYoursRefusal | ChallengeOverRefusal | NotFoundRefusal;
  readonly "challenges.confirm": NotOpenRefusal | AlreadyDoneRefusal | ProofMissingRefusal | NotRefereeRefusal | ChallengeOverRefusal | NotFoundRefusal;
  readonly "challenges.dispute": NotDisputableRefusal | NotRefereeRefusal | ChallengeOverRefusal | NotFoundRefusal;
  readonly "challenges.excuse": NotDisputableRefusal | NotRefereeRefusal | ChallengeOverRefusal | NotFoundRefusal;
  readonly "challenges.prove": NotOpenRefusal | AlreadyDoneRefusal | ProofMissingRefusal | TargetMissedRefusal | NotYoursRefusal | ChallengeOverRefusal | NotFoundRefusal;
  readonly "challenges.publish_template": SchemaWrongRefusal | TemplatesTooManyRefusal;
  readonly "challenges.quit": ChangePendingRefusal | ChangeEmptyRefusal | NotYoursRefusal | ChallengeOverRefusal | NotFoundRefusal;
  readonly "challenges.rule": NotDisputableRefusal | NotRefereeRefusal | ChallengeOverRefusal | NotFoundRefusal;
  readonly "challenges.share": FollowersTooManyRefusal | PartnerNeededRefusal | NotYoursRefusal | ChallengeOverRefusal | NotFoundRefusal;
  readonly "challenges.start": TemplateUnknownRefusal | TemplateChangedRefusal | TemplateForbidsRefusal | SettingsWrongRefusal | DaysWrongRefusal | WindowWrongRefusal | WindowOverRefusal | ChallengesTooManyRefusal | PartnerNeededRefusal | AdultsOnlyRefusal | ExcludedRefusal | LimitExceededRefusal | InsufficientFundsRefusal | ChargeImpossibleRefusal | CardMissingRefusal | OwingRefusal | NotFoundRefusal;
  readonly "challenges.unfollow": NotFoundRefusal;
  readonly "challenges.unshare": FollowerNeededRefusal | NotYoursRefusal | NotFoundRefusal;
  readonly "checkins.amend": CheckInDayOverRefusal | RelationshipPausedRefusal | NotFoundRefusal;
  readonly "checkins.submit": AlreadySubmittedRefusal | CheckInTooLateRefusal | RelationshipPausedRefusal | NotFoundRefusal;
  readonly "checkins.undo": CheckInDayOverRefusal | RelationshipPausedRefusal | NotFoundRefusal;
  readonly "identity.change_profile": UnknownTimeZoneRefusal | PreferencesTooLongRefusal;
  readonly "invitations.accept": InvitationNotFoundRefusal | RelationshipsTooManyRefusal | AlreadyTogetherRefusal;
  readonly "invitations.decline": InvitationNotFoundRefusal | AlreadyTogetherRefusal;
  readonly "invitations.open": InvitationUnaddressedRefusal | InvitationPendingRefusal | InvitationsTooManyRefusal | RelationshipsTooManyRefusal | WeakCodeRefusal;
  readonly "invitations.revoke": InvitationNotFoundRefusal;
  readonly "moods.delete": NotFoundRefusal;
  readonly "moods.delete_private": NotFoundRefusal;
  readonly "moods.edit": RelationshipPausedRefusal | NotFoundRefusal;
  readonly "moods.edit_private": NotFoundRefusal;
  readonly "moods.log": MoodsTooManyRefusal | RelationshipPausedRefusal | NotFoundRefusal;
  readonly "moods.log_private": MoodsTooManyRefusal;
  readonly "notifications.change_preferences": QuietHoursEmptyRefusal;
  readonly "notifications.mark_all_read": never;
  readonly "notifications.mark_read": never;
  readonly "relationships.block": NotFoundRefusal;
  readonly "relationships.change": NotFoundRefusal;
  readonly "relationships.leave": NotFoundRefusal;
  readonly "relationships.unblock": never;
  readonly "reminders.set": NotYoursRefusal | ChallengeOverRefusal | NotFoundRefusal;
  readonly "reminders.snooze": SnoozedTooLongRefusal | NotOpenRefusal | NotYoursRefusal | ChallengeOverRefusal | NotFoundRefusal;
  readonly "stakes.exclude_myself": AlreadyExcludedRefusal;
  readonly "stakes.set_limits": never;
  readonly "stakes.state_adult": never;
}

/** What is pushed on each kind of topic. */
export interface TopicEvents {
  readonly "announcements": AnnouncementPublished;
  readonly "catalogue": TemplatePublished;
  readonly "challenge": ChangeAsked | OccurrenceDisputed | OccurrenceDone | OccurrenceOpened | ChallengeEnded | OccurrenceExcused | FollowersChanged | ForfeitCharged | OccurrenceMissed | OccurrenceRuled | OccurrencesScheduled | OccurrenceSettled | TermsChanged | RemindersSet | ReminderSnoozed;
  readonly "relationship": CheckInAmended | BothCheckedIn | CheckInSubmitted | CheckInUndone | Withdrawn | MoodDeleted | MoodEdited | MoodLogged | RelationshipChanged | RelationshipEnded | MemberChanged | RelationshipStarted | StreakChanged;
  readonly "user": ChallengeEnded | ChallengeShared | ChallengeStarted | ChallengeUnshared | CheckInKept | Withdrawn | ProfileChanged | InvitationAccepted | InvitationDeclined | InvitationOpened | InvitationReceived | InvitationRevoked | BalanceChanged | PrivateMoodDeleted | PrivateMoodEdited | PrivateMoodLogged | NotificationsArrived | PreferencesChanged | UnreadChanged | NotificationsWithdrawn | CardChanged | DebtChanged | PaymentChanged | PayoutChanged | RelationshipEnded | RelationshipStarted | Unblocked | ProtectionChanged | Deposited | WithdrawalChanged;
}

/** What the snapshot of each kind of topic shows. */
export interface Snapshots {
  readonly "announcements": { readonly announcements?: LatestAnnouncements; };
  readonly "catalogue": {};
  readonly "challenge": { readonly challenge?: ChallengeShown; };
  readonly "relationship": { readonly check_ins?: CheckInsShown; readonly membership?: Relationship; readonly moods?: MoodsShown; };
  readonly "user": { readonly challenges?: MyChallenges; readonly inbox?: ShownInbox; readonly notification_preferences?: Preferences; readonly profile?: Profile; readonly relationships?: MyRelationships; readonly stakes?: Protection; readonly wallet?: Wallet; };
}

/** What a client may put into one WebSocket message. */
export type FromClient = ClientFrame | readonly ClientFrame[];
/** What one WebSocket message from the server may be. */
export type FromServer = ServerFrame | readonly ServerFrame[];
/** What this ask is answered with when it is granted. */
export type AnswerTo<A extends Ask> = Answers[A["type"]];
/** What this ask may be refused with. */
export type RefusalOf<A extends Ask> = Refusals[A["type"]] | CommonRefusal;
/** The event of this type. */
export type EventOf<T extends Event["type"]> = Extract<Event, { type: T }>;
