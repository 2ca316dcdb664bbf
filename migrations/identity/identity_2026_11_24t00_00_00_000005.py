"""Notes about accounts."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000005"
VERSION = "1.38.0"
DESCRIPTION = "Notes about accounts"

SQL = """
CREATE TABLE account_note (
    id       uuid PRIMARY KEY,
    user_id  uuid NOT NULL REFERENCES "user" (id),
    operator varchar(100) NOT NULL,
    tier     varchar(20) NOT NULL,
    flags    jsonb NOT NULL,
    note     varchar(500) NOT NULL,
    noted_at timestamptz NOT NULL
);
CREATE INDEX account_note_user_id ON account_note (user_id);
GRANT SELECT, INSERT, DELETE ON account_note TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the table."""
    manager = MigrationManager(migration_id=ID, app_name="identity", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
