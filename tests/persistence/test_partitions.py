"""Partitions are made ahead; where one is missing it is made, and where it cannot be, said so."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg

from backend.persistence.database import fetch
from protocol.ids import uuid7
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, Add, code_of, value_of
from tests.support.engine import Engine, numbers_of
from tests.support.superuser import Superuser

_PARTITIONS = """
SELECT child.relname AS name FROM pg_inherits
JOIN pg_class AS child ON child.oid = inhrelid
JOIN pg_class AS parent ON parent.oid = inhparent
WHERE parent.relname = $1 ORDER BY 1
"""


async def partitions_of(superuser: Superuser, table: str) -> list[str]:
    return [row["name"] for row in await superuser.fetch(_PARTITIONS, table)]


async def test_a_missing_partition_is_made_and_the_command_done(
    running: Engine, superuser: Superuser
) -> None:
    key = uuid4()
    await running.ref(key).ask(Add(by=1), ANNA)
    for table in ("event", "outcome"):
        for name in await partitions_of(superuser, table):
            await superuser.execute(f'DROP TABLE "{name}"')

    assert value_of(await running.ref(key).ask(Add(by=1), ANNA)) == 2
    assert await numbers_of(key) == [2]


async def test_a_server_that_runs_past_what_was_made_ahead_goes_on(
    running: Engine, clock: FakeClock, superuser: Superuser
) -> None:
    key = uuid4()
    await running.ref(key).ask(Add(by=1), ANNA)
    await clock.advance(days=60)

    assert value_of(await running.ref(key).ask(Add(by=1), ANNA)) == 2
    assert f"event_{clock.now():%Y%m%d}" in await partitions_of(superuser, "event")


async def test_an_id_no_partition_can_hold_is_its_own_command_s_trouble(running: Engine) -> None:
    ancient = uuid7(int(datetime(1999, 1, 1, tzinfo=UTC).timestamp() * 1000))
    refused, fine = await asyncio.gather(
        running.ref(uuid4()).ask(Add(by=1), ANNA, id=ancient),
        running.ref(uuid4()).ask(Add(by=1), ANNA),
    )

    assert not refused.granted
    assert value_of(fine) == 1


async def test_what_is_older_than_promised_is_dropped_whole_and_the_rest_kept(
    running: Engine, clock: FakeClock, superuser: Superuser
) -> None:
    key = uuid4()
    await running.ref(key).ask(Add(by=1), ANNA)
    await clock.advance(days=20)
    await running.ref(key).ask(Add(by=1), ANNA)
    await clock.advance(days=15)
    await running.ref(key).ask(Add(by=1), ANNA)
    await superuser.execute("SELECT drop_partitions($1, 30, 35)", clock.now())

    assert await numbers_of(key) == [2, 3]
    oldest = min(await partitions_of(superuser, "event"))
    assert oldest == f"event_{clock.now() - timedelta(days=30):%Y%m%d}"
    kept = await fetch(
        "SELECT count(*) AS outcomes FROM outcome WHERE actor = $1", f"counter/{key}"
    )
    assert kept[0]["outcomes"] == 3
    assert value_of(await running.ref(key).ask(Add(by=1), ANNA)) == 4


async def test_the_application_cannot_drop_a_partition_itself(running: Engine) -> None:
    assert code_of(await running.ref(uuid4()).ask(Add(by=500), ANNA)) == "test.too_much"
    name = (await fetch(_PARTITIONS, "event"))[0]["name"]
    try:
        await fetch(f'DROP TABLE "{name}"')
    except asyncpg.InsufficientPrivilegeError as problem:
        assert "must be owner" in str(problem)  # noqa: PT017 - raised by the pool, not by a call
    else:
        raise AssertionError("it could")
