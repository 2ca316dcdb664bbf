"""Pages of announcements, the newest first."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Pages of announcements"

SQL = "CREATE INDEX announcement_created_at ON announcement (created_at, id);"


async def forwards() -> MigrationManager:
    """Make the index."""
    manager = MigrationManager(migration_id=ID, app_name="announcements", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
