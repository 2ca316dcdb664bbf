"""Forgetting somebody: what of the log and of stored answers goes before its time."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Forgetting somebody"

SQL = """
-- Takes the oldest events of a topic out of the log, up to a moment and so many at once, as their
-- time will: what is left has no hole. Says how many it took.
CREATE FUNCTION forget_events(of_topic text, until timestamptz, count_max integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last  record;
    taken bigint;
BEGIN
    -- By number, not by moment: clocks differ, and a number left out would be a hole.
    SELECT generation, number INTO last FROM event
    WHERE topic = of_topic AND at <= until ORDER BY generation DESC, number DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    SELECT oldest.generation, oldest.number INTO last FROM (
        SELECT generation, number FROM event
        WHERE topic = of_topic AND (generation, number) <= (last.generation, last.number)
        ORDER BY generation, number LIMIT count_max
    ) AS oldest ORDER BY generation DESC, number DESC LIMIT 1;
    DELETE FROM event
    WHERE topic = of_topic AND (generation, number) <= (last.generation, last.number);
    GET DIAGNOSTICS taken = ROW_COUNT;
    RETURN taken;
END $$;

-- Goes through the outcomes behind an id, so many at once: those of a person go, and the answers to
-- others that name them are replaced. Says where it stopped; NULL at the end.
--
-- Of these two no command should pay for an index, so all of them are looked at.
CREATE FUNCTION forget_outcomes(behind uuid, count_max integer, person uuid, traces text[],
                                answer json) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    stop_at uuid;
    theirs  uuid[];
    naming  uuid[];
BEGIN
    SELECT id INTO stop_at FROM (
        SELECT id FROM outcome WHERE id > behind ORDER BY id LIMIT count_max
    ) AS piece ORDER BY id DESC LIMIT 1;
    SELECT array_agg(id) FILTER (WHERE principal = person),
           array_agg(id) FILTER (WHERE principal <> person AND EXISTS (
               SELECT FROM unnest(traces) AS t(trace) WHERE strpos(lower(body::text), trace) > 0))
    INTO theirs, naming
    FROM outcome WHERE id > behind AND id <= stop_at;
    DELETE FROM outcome WHERE id = ANY (theirs);
    UPDATE outcome SET granted = false, body = answer WHERE id = ANY (naming);
    RETURN stop_at;
END $$;

REVOKE EXECUTE ON FUNCTION forget_events, forget_outcomes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_events, forget_outcomes TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the functions."""
    manager = MigrationManager(migration_id=ID, app_name="persistence", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager
