"""Jobs that count their tries, dead letters of both kinds, and retention that cannot be bent."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Jobs, dead letters, retention"

SQL = """
ALTER TABLE job ADD COLUMN tries integer NOT NULL DEFAULT 0;

ALTER TABLE dead_letter RENAME COLUMN tells TO content;
ALTER TABLE dead_letter
    ADD COLUMN kind varchar(10) NOT NULL DEFAULT 'tell' CHECK (kind IN ('tell', 'job')),
    ADD COLUMN tries integer NOT NULL DEFAULT 0,
    ADD COLUMN correlation_id varchar(100);
CREATE INDEX dead_letter_died_at ON dead_letter (died_at);

CREATE INDEX tell_retry_at ON tell (retry_at) WHERE retry_at IS NOT NULL;

-- Whoever may call this may still not drop what the promise covers: neither the days nor the moment
-- can be bent. It waits for the lock a short while only, because who inserts waits behind it.
CREATE OR REPLACE FUNCTION drop_partitions(moment timestamptz, event_days integer, outcome_days integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    today   date := (least(moment, clock_timestamp()) AT TIME ZONE 'UTC')::date;
    name    text;
    dropped integer := 0;
BEGIN
    FOR name IN
        SELECT child.relname FROM pg_inherits
        JOIN pg_class AS child ON child.oid = inhrelid
        JOIN pg_class AS parent ON parent.oid = inhparent
        WHERE (parent.relname = 'event' AND to_date(right(child.relname, 8), 'YYYYMMDD')
                   < today - greatest(event_days, 30))
           OR (parent.relname = 'outcome' AND to_date(right(child.relname, 8), 'YYYYMMDD')
                   < today - greatest(outcome_days, 35) - 7)
        ORDER BY child.relname
    LOOP
        EXECUTE format('DROP TABLE %I', name);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
"""


async def forwards() -> MigrationManager:
    """Make the changes."""
    manager = MigrationManager(migration_id=ID, app_name="persistence", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
