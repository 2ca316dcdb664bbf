"""Moods."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The journal"

SQL = """
-- Append-mostly and hot: the actor proves that the person and the relationship exist.
-- Of a deleted mood only its place in the day is kept.
CREATE TABLE mood_log (
    id              uuid PRIMARY KEY,
    user_id         uuid NOT NULL,
    relationship_id uuid,
    mood            varchar(64),
    mood_score      smallint,
    notes           text,
    is_shared       boolean NOT NULL,
    local_day       date NOT NULL,
    time_zone       varchar(64) NOT NULL,
    made_at         timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    updated_at      timestamptz,
    deleted_at      timestamptz,
    CHECK (CASE WHEN deleted_at IS NULL THEN mood IS NOT NULL AND mood_score BETWEEN 1 AND 10
           ELSE mood IS NULL AND mood_score IS NULL AND notes IS NULL END)
);
CREATE INDEX mood_log_user_day ON mood_log (user_id, local_day);
CREATE INDEX mood_log_relationship_day ON mood_log (relationship_id, local_day);
CREATE INDEX mood_log_private_day ON mood_log (user_id, local_day) WHERE relationship_id IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON mood_log TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="journal", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
