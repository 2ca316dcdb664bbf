"""Which lease a node has: whoever lets one run out begins another."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-22T00:00:00:000002"
VERSION = "1.38.0"
DESCRIPTION = "Which lease a node has"

SQL = """
-- Nodes of the version before do not write it, and are there for a while beside the new ones.
ALTER TABLE node ADD COLUMN lease_begun_at timestamptz;
"""


async def forwards() -> MigrationManager:
    """Make the change."""
    manager = MigrationManager(migration_id=ID, app_name="persistence", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
