"""The pulse: in which minutes people could be served."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The pulse"

SQL = """
CREATE TABLE pulse (minute timestamptz PRIMARY KEY);
GRANT SELECT, INSERT, DELETE ON pulse TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the table."""
    manager = MigrationManager(migration_id=ID, app_name="persistence", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
