"""A notification knows whether it was pushed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-22T00:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Pushed notifications"

SQL = """
-- When it was handed to the jobs that push it. No command writes it, so none pays for it.
ALTER TABLE notification ADD COLUMN pushed_at timestamptz;
"""


async def forwards() -> MigrationManager:
    """Add the column."""
    manager = MigrationManager(migration_id=ID, app_name="notifications", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
