"""What somebody wants to be reminded of, and which reminders were given."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Reminders"

SQL = """
CREATE TABLE reminder_wish (
    user_challenge_id uuid PRIMARY KEY REFERENCES user_challenge (id),
    wishes            jsonb NOT NULL,
    updated_at        timestamptz NOT NULL
);

-- Each row is a reminder that was given: it is written in the transaction that gives it.
CREATE TABLE challenge_reminder (
    id                uuid PRIMARY KEY,
    user_challenge_id uuid NOT NULL REFERENCES user_challenge (id),
    due_window_key    varchar(60) NOT NULL,
    channel           varchar(10) NOT NULL CHECK (channel IN ('push', 'email', 'in_app')),
    sent_at           timestamptz NOT NULL
);
-- Whatever happens, there is one reminder a window and channel.
CREATE UNIQUE INDEX challenge_reminder_window
    ON challenge_reminder (user_challenge_id, due_window_key, channel);
CREATE INDEX challenge_reminder_sent_at ON challenge_reminder (sent_at);

CREATE TABLE reminder_snooze (
    user_challenge_id uuid NOT NULL REFERENCES user_challenge (id),
    occurrence_key    varchar(20) NOT NULL,
    snoozed_until     timestamptz NOT NULL,
    PRIMARY KEY (user_challenge_id, occurrence_key)
);

CREATE INDEX challenge_event_reminded ON challenge_event (scheduled_for)
    WHERE status IN ('scheduled', 'due');

GRANT SELECT, INSERT, UPDATE, DELETE ON reminder_wish TO tandem_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON reminder_snooze TO tandem_app;
GRANT SELECT, INSERT, DELETE ON challenge_reminder TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="reminders", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
