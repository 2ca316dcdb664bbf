"""Announcements."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Announcements"

SQL = """
CREATE TABLE announcement (
    id         uuid PRIMARY KEY,
    author_id  uuid NOT NULL,
    message    text NOT NULL,
    created_at timestamptz NOT NULL
);

GRANT SELECT, INSERT ON announcement TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the table."""
    manager = MigrationManager(migration_id=ID, app_name="announcements", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
