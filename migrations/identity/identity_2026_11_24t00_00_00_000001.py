"""Attempts to come in by an account elsewhere."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "OpenID attempts"

SQL = """
-- Unlogged: an attempt lives for minutes, and whom a crash robbed of one begins another.
CREATE UNLOGGED TABLE oidc_attempt (
    state_hash bytea PRIMARY KEY,
    provider   varchar(32) NOT NULL,
    challenge  bytea,
    return_to  varchar(500) NOT NULL,
    user_id    uuid REFERENCES "user" (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);
CREATE INDEX oidc_attempt_expires_at ON oidc_attempt (expires_at);
GRANT SELECT, INSERT, DELETE ON oidc_attempt TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the table."""
    manager = MigrationManager(migration_id=ID, app_name="identity", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
