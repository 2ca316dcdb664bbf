"""Nodes with leases, and whether they have Redis."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-22T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Nodes"

SQL = """
ALTER TABLE node
    ADD COLUMN lease_ms integer NOT NULL DEFAULT 3000 CHECK (lease_ms > 0),
    ADD COLUMN has_redis boolean NOT NULL DEFAULT true,
    ADD COLUMN redis_changed_at timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE node ALTER COLUMN lease_ms DROP DEFAULT, ALTER COLUMN has_redis DROP DEFAULT,
    ALTER COLUMN redis_changed_at DROP DEFAULT;

-- Whether a node's lease has not run out. Nobody could renew a lease while the server was away, so
-- all of them begin anew with it.
CREATE FUNCTION has_lease(heartbeat_at timestamptz, lease_ms integer) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT clock_timestamp() - greatest(heartbeat_at, pg_postmaster_start_time())
        < lease_ms * '1 millisecond'::interval
$$;
"""


async def forwards() -> MigrationManager:
    """Make the changes."""
    manager = MigrationManager(migration_id=ID, app_name="persistence", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
