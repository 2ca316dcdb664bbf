"""Notifications and inboxes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Notifications"

SQL = """
CREATE TABLE notification (
    id                uuid PRIMARY KEY,
    user_id           uuid NOT NULL,
    relationship_id   uuid,
    notification_type varchar(60) NOT NULL,
    title             varchar(200) NOT NULL,
    message           text NOT NULL,
    priority          varchar(10) NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    created_at        timestamptz NOT NULL,
    read_at           timestamptz
);
-- Ids are ordered by time, so this serves both the pages of an inbox and its unread part.
CREATE INDEX notification_user ON notification (user_id, id);

CREATE TABLE inbox (
    user_id uuid PRIMARY KEY,
    unread  integer NOT NULL CHECK (unread >= 0),
    version bigint NOT NULL
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);

GRANT SELECT, INSERT, UPDATE ON notification, inbox TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="notifications", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
