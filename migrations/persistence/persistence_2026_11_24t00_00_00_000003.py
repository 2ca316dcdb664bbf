"""Partitions are made without a lock that keeps commits waiting, and dropped in their order."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000003"
VERSION = "1.38.0"
DESCRIPTION = "Partitions made beside commits"

SQL = """
-- What is made first and attached then keeps nobody waiting; made as a part at once, it would wait
-- for every commit that is under way, and be waited for by all that follow. Events were taken before
-- outcomes, and commits take them the other way round: a deadlock, now and then.
CREATE FUNCTION ensure_partition(parent text, name text, since anyelement, until anyelement)
RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING INDEXES)', name, parent);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO tandem_app', name);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   parent, name, since, until);
    RETURN 1;
END $$;
REVOKE ALL ON FUNCTION ensure_partition(text, text, anyelement, anyelement) FROM PUBLIC;

CREATE OR REPLACE FUNCTION ensure_partitions(moment timestamptz, days_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    today timestamp := date_trunc('day', moment AT TIME ZONE 'UTC');
    since timestamptz;
    made  integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ensure_partitions'));
    FOR since IN SELECT generate_series(date_trunc('week', today) - '35 days'::interval,
            date_trunc('week', today) + make_interval(days => days_ahead + 7),
            '7 days'::interval) AT TIME ZONE 'UTC' LOOP
        made := made + ensure_partition('outcome',
            'outcome_' || to_char(since AT TIME ZONE 'UTC', 'YYYYMMDD'),
            uuid7_floor(since), uuid7_floor(since + '7 days'::interval));
    END LOOP;
    FOR since IN SELECT generate_series(today - '1 day'::interval,
            today + make_interval(days => days_ahead), '1 day'::interval) AT TIME ZONE 'UTC' LOOP
        made := made + ensure_partition('event',
            'event_' || to_char(since AT TIME ZONE 'UTC', 'YYYYMMDD'),
            since, since + '1 day'::interval);
    END LOOP;
    RETURN made;
END $$;

-- As before, but outcomes first: a commit has its outcomes when it writes its events.
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
        ORDER BY parent.relname DESC, child.relname
    LOOP
        EXECUTE format('DROP TABLE %I', name);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
"""


async def forwards() -> MigrationManager:
    """Replace the functions."""
    manager = MigrationManager(migration_id=ID, app_name="persistence", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
