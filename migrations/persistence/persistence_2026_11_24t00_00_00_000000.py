"""The pulse, and when people could not be served."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The pulse and outages"

SQL = """
CREATE TABLE pulse (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    beat_at timestamptz NOT NULL
);

CREATE TABLE outage (
    id       uuid PRIMARY KEY,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    noted_at timestamptz NOT NULL,
    noted_by varchar(100),
    why      varchar(300),
    CHECK (began_at < ended_at),
    CHECK ((noted_by IS NULL) = (why IS NULL))
);
COMMENT ON COLUMN outage.noted_by IS 'Which operator; NULL where the nodes saw it.';
-- Many nodes come back at once, and see the same gap.
CREATE UNIQUE INDEX outage_seen ON outage (began_at) WHERE noted_by IS NULL;
CREATE INDEX outage_ended_at ON outage (ended_at, id);

GRANT SELECT, INSERT, UPDATE ON pulse TO tandem_app;
GRANT SELECT, INSERT, DELETE ON outage TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="persistence", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
