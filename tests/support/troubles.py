"""A table that raises whatever error of PostgreSQL a test asks for, a number of times."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.superuser import Superuser

ALWAYS = 1_000_000

_MAKE = """
CREATE SEQUENCE test_trouble;
CREATE TABLE test_trouble_now (states text[] NOT NULL, times integer NOT NULL);
GRANT USAGE ON test_trouble TO tandem_app;
GRANT SELECT ON test_trouble_now TO tandem_app;
CREATE FUNCTION test_trouble() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now test_trouble_now;
    try bigint;
BEGIN
    IF NEW.note = 'spared' THEN RETURN NEW; END IF;
    SELECT * INTO now FROM test_trouble_now;
    try := nextval('test_trouble');  -- A sequence is not rolled back, so it counts the tries.
    IF try <= now.times THEN
        RAISE EXCEPTION 'trouble made by a test'
            USING ERRCODE = now.states[least(try, cardinality(now.states))];
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER test_trouble BEFORE INSERT ON test_count
    FOR EACH ROW EXECUTE FUNCTION test_trouble();
"""
_UNMAKE = """
DROP TRIGGER test_trouble ON test_count;
DROP FUNCTION test_trouble;
DROP TABLE test_trouble_now;
DROP SEQUENCE test_trouble;
"""


class Troubles:
    """What is being raised."""

    def __init__(self, connection: Superuser) -> None:
        self._connection = connection

    async def met(self) -> int:
        """Tell how often a row was tried to be written."""
        row = await self._connection.fetchrow("SELECT last_value, is_called FROM test_trouble")
        assert row is not None
        return int(row["last_value"]) if row["is_called"] else 0

    async def over(self) -> None:
        """Raise nothing from now on."""
        await self._connection.execute("UPDATE test_trouble_now SET times = 0")


@asynccontextmanager
async def trouble(
    connection: Superuser, *states: str, times: int | None = None
) -> AsyncIterator[Troubles]:
    """Have counts that are written raise these SQLSTATEs, one after the other, then no more.

    With `times` it is so many, the last one again and again. Counts with the note "spared" are
    not touched.
    """
    await connection.execute(_MAKE)
    await connection.execute(
        "INSERT INTO test_trouble_now VALUES ($1, $2)",
        list(states),
        len(states) if times is None else times,
    )
    try:
        yield Troubles(connection)
    finally:
        await connection.execute(_UNMAKE)
