"""The tables of reminders."""

from piccolo.columns import JSONB, UUID, Timestamptz, Varchar
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS


class ReminderWish(Table, tablename="reminder_wish"):
    """When before it is due, and how, somebody wants to be reminded of a challenge."""

    user_challenge_id = UUID(primary_key=True)
    wishes = JSONB()
    updated_at = Timestamptz(default=None)


class ChallengeReminder(Table, tablename="challenge_reminder"):
    """A reminder that was given; there is one a window and channel."""

    id = UUID(primary_key=True)
    user_challenge_id = UUID()
    due_window_key = Varchar(length=60)
    channel = Varchar(length=10)
    sent_at = Timestamptz(default=None)


class ReminderSnooze(Table, tablename="reminder_snooze"):
    """That somebody wants to be reminded of one occurrence again, and when."""

    user_challenge_id = UUID(primary_key=True)
    occurrence_key = Varchar(length=20)
    snoozed_until = Timestamptz(default=None)


APP_CONFIG = AppConfig(
    app_name="reminders",
    migrations_folder_path=str(MIGRATIONS / "reminders"),
    table_classes=[ReminderWish, ChallengeReminder, ReminderSnooze],
    migration_dependencies=["backend.domains.challenges.tables"],
)
