"""What is to be found of somebody who goes for good, and removed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Erasing what people were told"

SQL = """
-- An invitation that nobody answered stays in an inbox under the name of who sent it. Only such
-- entries are in this index, so no other pays for it.
CREATE INDEX notification_invitation ON notification (relationship_id)
    WHERE notification_type = 'invitation_received';

GRANT DELETE ON inbox, notification_preference TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the index, and let rows go."""
    manager = MigrationManager(migration_id=ID, app_name="notifications", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
