"""The streak of a pair goes with one of the two who is erased."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Erasing streaks"

SQL = "GRANT DELETE ON pair_streak TO tandem_app;"


async def forwards() -> MigrationManager:
    """Let rows go."""
    manager = MigrationManager(migration_id=ID, app_name="checkins", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
