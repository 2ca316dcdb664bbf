"""Daily check-ins, and the streak a pair makes of them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Check-ins"

SQL = """
CREATE TABLE daily_checkin (
    id                        uuid PRIMARY KEY,
    relationship_id           uuid NOT NULL REFERENCES relationship (id),
    user_id                   uuid NOT NULL REFERENCES "user" (id),
    local_day                 date NOT NULL,
    time_zone                 varchar(64) NOT NULL,
    connection_score          smallint NOT NULL CHECK (connection_score BETWEEN 1 AND 10),
    mood_score                smallint NOT NULL CHECK (mood_score BETWEEN 1 AND 10),
    relationship_satisfaction smallint NOT NULL CHECK (relationship_satisfaction BETWEEN 1 AND 10),
    gratitude_note            text,
    privacy_level             varchar(20) NOT NULL
                              CHECK (privacy_level IN ('open', 'scores_only', 'private')),
    made_at                   timestamptz NOT NULL,
    received_at               timestamptz NOT NULL,
    amended_at                timestamptz
);
-- One a day; by it pages and the last days are read.
CREATE UNIQUE INDEX daily_checkin_day ON daily_checkin (relationship_id, local_day, user_id);
CREATE INDEX daily_checkin_user ON daily_checkin (user_id, local_day);

CREATE TABLE pair_streak (
    relationship_id   uuid PRIMARY KEY REFERENCES relationship (id),
    current_days      integer NOT NULL CHECK (current_days >= 0),
    best_days         integer NOT NULL CHECK (best_days >= current_days),
    last_day          date,
    open_from         date NOT NULL,
    settled_best_days integer NOT NULL CHECK (settled_best_days >= settled_run_days),
    settled_run_days  integer NOT NULL CHECK (settled_run_days >= 0),
    settled_last_day  date CHECK (settled_last_day < open_from),
    updated_at        timestamptz NOT NULL,
    CHECK ((last_day IS NULL) = (current_days = 0)),
    CHECK ((settled_last_day IS NULL) = (settled_run_days = 0))
);

GRANT SELECT, INSERT, UPDATE, DELETE ON daily_checkin TO tandem_app;
GRANT SELECT, INSERT, UPDATE ON pair_streak TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="checkins", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
