"""Relationships and what two people tell each other."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Relationships"

SQL = """
CREATE TABLE relationship (
    id                uuid PRIMARY KEY,
    user_1_id         uuid NOT NULL REFERENCES "user" (id),
    user_2_id         uuid REFERENCES "user" (id),
    relationship_type varchar(40) NOT NULL,
    start_date        date,
    anniversary_date  date,
    status            varchar(20) NOT NULL CHECK (status IN ('invited', 'active', 'paused', 'ended')),
    privacy_level     varchar(20) NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    CHECK (user_1_id <> user_2_id),
    CHECK (status IN ('invited', 'ended') OR user_2_id IS NOT NULL)
);
CREATE INDEX relationship_user_1 ON relationship (user_1_id);
CREATE INDEX relationship_user_2 ON relationship (user_2_id);
CREATE INDEX relationship_status ON relationship (status);

GRANT SELECT, INSERT, UPDATE ON relationship TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="relationships", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
