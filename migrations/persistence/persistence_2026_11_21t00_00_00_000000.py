"""Heads, outcomes, the event log, tells, the outbox, nodes and shards."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The engine"

SQL = """
-- Which life of the database this is: raised after a restore that may have lost commits, so that
-- nobody takes a number of the lost life for one of this.
CREATE TABLE deployment (
    is_only    boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    generation integer NOT NULL CHECK (generation > 0)
);
INSERT INTO deployment (generation) VALUES (1);

CREATE TABLE head (
    address    varchar(100) PRIMARY KEY,
    version    bigint NOT NULL CHECK (version > 0),
    seq        bigint NOT NULL CHECK (seq >= 0),
    generation integer NOT NULL CHECK (generation > 0)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE outcome (
    id          uuid PRIMARY KEY,
    actor       varchar(100) NOT NULL,
    principal   uuid NOT NULL,
    fingerprint bytea NOT NULL,
    granted     boolean NOT NULL,
    body        json NOT NULL
) PARTITION BY RANGE (id);

CREATE TABLE event (
    topic      varchar(100) NOT NULL,
    generation integer NOT NULL,
    number     bigint NOT NULL,
    at         timestamptz NOT NULL,
    body       json NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX event_topic_number ON event (topic, number);

CREATE TABLE tell (
    id       uuid PRIMARY KEY,
    receiver varchar(100) NOT NULL,
    tells    json NOT NULL,
    tries    integer NOT NULL,
    sent_at  timestamptz NOT NULL,
    retry_at timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX tell_receiver ON tell (receiver, id);
CREATE INDEX tell_sent_at ON tell (sent_at);

CREATE TABLE dead_letter (
    id       uuid PRIMARY KEY,
    receiver varchar(100) NOT NULL,
    tells    json NOT NULL,
    reason   text NOT NULL,
    sent_at  timestamptz NOT NULL,
    died_at  timestamptz NOT NULL
);

CREATE TABLE job (
    id             uuid PRIMARY KEY,
    name           varchar(100) NOT NULL,
    arguments      json NOT NULL,
    correlation_id varchar(100),
    due_at         timestamptz NOT NULL,
    relayed_at     timestamptz
);
CREATE INDEX job_unrelayed ON job (due_at) WHERE relayed_at IS NULL;
CREATE INDEX job_relayed_at ON job (relayed_at);

CREATE TABLE node (
    id           uuid PRIMARY KEY,
    heartbeat_at timestamptz NOT NULL,
    is_leaving   boolean NOT NULL
);

CREATE TABLE shard (
    id    integer PRIMARY KEY,
    owner uuid,
    epoch bigint NOT NULL
);
INSERT INTO shard (id, epoch) SELECT number, 0 FROM generate_series(0, 255) AS number;

-- The lowest UUIDv7 of a moment: its first 48 bits are the milliseconds since 1970.
CREATE FUNCTION uuid7_floor(moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0')
            || '00000000000000000000')::uuid
$$;

-- Partitions are made ahead by whoever runs first, with the owner's right to do so: the event log
-- by the day, outcomes by the week.
CREATE FUNCTION ensure_partitions(moment timestamptz, days_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    since timestamptz;
    name  text;
    made  integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ensure_partitions'));
    FOR since IN SELECT generate_series(date_trunc('day', moment AT TIME ZONE 'UTC') - '1 day'::interval,
            date_trunc('day', moment AT TIME ZONE 'UTC') + make_interval(days => days_ahead),
            '1 day'::interval) AT TIME ZONE 'UTC' LOOP
        name := 'event_' || to_char(since AT TIME ZONE 'UTC', 'YYYYMMDD');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF event FOR VALUES FROM (%L) TO (%L)',
                           name, since, since + '1 day'::interval);
            EXECUTE format('GRANT SELECT, INSERT ON %I TO tandem_app', name);
            made := made + 1;
        END IF;
    END LOOP;
    FOR since IN SELECT generate_series(date_trunc('week', moment AT TIME ZONE 'UTC') - '35 days'::interval,
            date_trunc('week', moment AT TIME ZONE 'UTC') + make_interval(days => days_ahead + 7),
            '7 days'::interval) AT TIME ZONE 'UTC' LOOP
        name := 'outcome_' || to_char(since AT TIME ZONE 'UTC', 'YYYYMMDD');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF outcome FOR VALUES FROM (%L) TO (%L)',
                           name, uuid7_floor(since), uuid7_floor(since + '7 days'::interval));
            EXECUTE format('GRANT SELECT, INSERT ON %I TO tandem_app', name);
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;

-- Retention drops whole partitions: what is older than the promise is not deleted row by row.
CREATE FUNCTION drop_partitions(moment timestamptz, event_days integer, outcome_days integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    name    text;
    dropped integer := 0;
BEGIN
    FOR name IN
        SELECT child.relname FROM pg_inherits
        JOIN pg_class AS child ON child.oid = inhrelid
        JOIN pg_class AS parent ON parent.oid = inhparent
        WHERE (parent.relname = 'event' AND to_date(right(child.relname, 8), 'YYYYMMDD')
                   < (moment AT TIME ZONE 'UTC')::date - event_days)
           OR (parent.relname = 'outcome' AND to_date(right(child.relname, 8), 'YYYYMMDD')
                   < (moment AT TIME ZONE 'UTC')::date - outcome_days - 7)
        ORDER BY child.relname
    LOOP
        EXECUTE format('DROP TABLE %I', name);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

GRANT SELECT ON deployment TO tandem_app;
GRANT SELECT, INSERT, UPDATE ON head, node, shard TO tandem_app;
GRANT DELETE ON node TO tandem_app;
GRANT SELECT, INSERT ON outcome, event TO tandem_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tell, dead_letter, job TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="persistence", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
