"""Leases that do not hold because a clock was wrong."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-22T00:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Leases and clocks"

SQL = """
-- Whether a node's lease has not run out. Nobody could renew a lease while the server was away, so
-- all of them begin anew with it. What lies more than a lease ahead was written by a clock that has
-- been put right since, or by that of another host, and says nothing: whoever lives says so again
-- within a second. It reads the clock, so it may say something else each time it is asked.
CREATE OR REPLACE FUNCTION has_lease(heartbeat_at timestamptz, lease_ms integer) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
    SELECT bool_or(begun_at > clock_timestamp() - lease_ms * '1 millisecond'::interval
               AND begun_at <= clock_timestamp() + lease_ms * '1 millisecond'::interval)
    FROM (VALUES (heartbeat_at), (pg_postmaster_start_time())) AS begun (begun_at)
$$;
"""


async def forwards() -> MigrationManager:
    """Make the change."""
    manager = MigrationManager(migration_id=ID, app_name="persistence", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
