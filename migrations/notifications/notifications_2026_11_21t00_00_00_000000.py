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

-- What was read long ago is forgotten; this finds it without looking at what is new.
CREATE INDEX notification_read_at ON notification (read_at) WHERE read_at IS NOT NULL;

CREATE TABLE notification_preference (
    user_id     uuid PRIMARY KEY REFERENCES "user" (id) ON DELETE CASCADE,
    lock_screen varchar(10) NOT NULL CHECK (lock_screen IN ('nothing', 'title', 'all')),
    quiet_from  varchar(5) CHECK (quiet_from ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    quiet_until varchar(5) CHECK (quiet_until ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    muted       jsonb NOT NULL,
    time_zone   varchar(64) NOT NULL,
    updated_at  timestamptz NOT NULL,
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);

-- The endpoint and the keys let who knows them speak to somebody's phone: secret. An endpoint may be
-- longer than an index takes, so its hash is what is unique.
CREATE TABLE push_subscription (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    session_id    uuid,
    kind          varchar(10) NOT NULL CHECK (kind IN ('web')),
    endpoint      text NOT NULL CHECK (length(endpoint) <= 2000),
    endpoint_hash bytea NOT NULL UNIQUE,
    p256dh        varchar(100) NOT NULL,
    auth          varchar(40) NOT NULL,
    created_at    timestamptz NOT NULL,
    pushed_at     timestamptz
);
CREATE INDEX push_subscription_user ON push_subscription (user_id, created_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON notification, push_subscription TO tandem_app;
GRANT SELECT, INSERT, UPDATE ON inbox, notification_preference TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="notifications", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
