"""A subscription knows its key, and why it is not pushed to any more; a push what it replaces."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Keys and revocations of push subscriptions"

# tandem_app has its rights on both tables already; they hold for new columns too.
SQL = """
-- Where no key is noted there was but one when the subscription was made; a job writes it down.
ALTER TABLE push_subscription
    ADD COLUMN public_key    varchar(87),
    ADD COLUMN refusals      integer NOT NULL DEFAULT 0 CHECK (refusals >= 0),
    ADD COLUMN revoked_at    timestamptz,
    ADD COLUMN revoke_reason varchar(20)
        CHECK (revoke_reason IN ('gone', 'refused', 'key_retired')),
    ADD CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL));
CREATE INDEX push_subscription_keyless ON push_subscription (id) WHERE public_key IS NULL;
CREATE INDEX push_subscription_revoked ON push_subscription (revoked_at)
    WHERE revoked_at IS NOT NULL;

-- Of one kind and with the same key only the last is shown. Few are told with one.
ALTER TABLE notification ADD COLUMN collapse_key varchar(100);

-- Nearly all ring, if their reader wants that; of those that never do it is noted.
ALTER TABLE notification ADD COLUMN rings boolean CHECK (NOT rings);
"""


async def forwards() -> MigrationManager:
    """Add the columns."""
    manager = MigrationManager(migration_id=ID, app_name="notifications", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
