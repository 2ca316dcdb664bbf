"""What a person was told of one relationship is found without reading their whole inbox."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-22T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Notifications by relationship"

SQL = """
-- Ids are ordered by time, so this serves the pages of an inbox and its unread part. Which
-- relationship an entry is of stands in the index alone, for when one ends: an index of its own
-- would cost every notification more than it spares those few.
DROP INDEX notification_user;
CREATE INDEX notification_user ON notification (user_id, id) INCLUDE (relationship_id);
"""


async def forwards() -> MigrationManager:
    """Widen the index."""
    manager = MigrationManager(migration_id=ID, app_name="notifications", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
