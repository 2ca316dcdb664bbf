"""What somebody said of themselves and set themselves, and what they have at stake."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Stakes"

SQL = """
CREATE TABLE stake_protection (
    user_id        uuid PRIMARY KEY REFERENCES "user" (id),
    adult_at       timestamptz,
    excluded_until timestamptz,
    limits         jsonb NOT NULL,
    next_limits    jsonb,
    next_from      timestamptz,
    updated_at     timestamptz NOT NULL,
    CHECK ((next_limits IS NULL) = (next_from IS NULL))
);
COMMENT ON COLUMN stake_protection.adult_at IS 'When they said that they are of age.';

-- What can be lost of each challenge; gone when it is over.
CREATE TABLE stake_exposure (
    challenge_id uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES "user" (id),
    asset        varchar(20) NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    created_at   timestamptz NOT NULL
);
CREATE INDEX stake_exposure_user ON stake_exposure (user_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON stake_protection TO tandem_app;
GRANT SELECT, INSERT, DELETE ON stake_exposure TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="stakes", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
