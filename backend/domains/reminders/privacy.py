"""What reminders have of people: what they want to be reminded of, and that they were."""

from backend.persistence.personal_data import Export, PersonalData, delete

_MINE = "user_challenge_id = ANY(ARRAY(SELECT id FROM user_challenge WHERE user_id = $1))"

PERSONAL_DATA = PersonalData(
    exports=(
        Export(
            name="reminder_wishes",
            about="When before it is due, and how, you want to be reminded of a challenge.",
            table="reminder_wish",
            columns=("user_challenge_id", "wishes", "updated_at"),
            whose=_MINE,
            order="user_challenge_id",
        ),
        Export(
            name="reminders",
            about="The reminders you were given.",
            table="challenge_reminder",
            columns=("id", "user_challenge_id", "due_window_key", "channel", "sent_at"),
            whose=_MINE,
            order="sent_at, id",
        ),
        Export(
            name="reminder_snoozes",
            about="What you want to be reminded of again, and when.",
            table="reminder_snooze",
            columns=("user_challenge_id", "occurrence_key", "snoozed_until"),
            whose=_MINE,
            order="user_challenge_id, occurrence_key",
        ),
    ),
    erasures=(
        delete("reminder_snooze", _MINE),
        delete("challenge_reminder", _MINE),
        delete("reminder_wish", _MINE),
    ),
)
