"""The clock of a demo: how far it is ahead, and never goes back."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000002"
VERSION = "1.38.0"
DESCRIPTION = "The clock of a demo"

SQL = """
CREATE TABLE demo_clock (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    ahead_s bigint NOT NULL CHECK (ahead_s > 0)
);
GRANT SELECT, INSERT, UPDATE ON demo_clock TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the table."""
    manager = MigrationManager(migration_id=ID, app_name="persistence", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
