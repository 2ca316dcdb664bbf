"""Partitions are made ahead; where one is missing it is made, and where it cannot be, said so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from backend.persistence.database import fetch
from protocol.ids import uuid7
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, Add, code_of, value_of
from tests.support.engine import Engine, numbers_of
from tests.support.servers import Servers
from tests.support.superuser import Superuser
from tests.support.until import until

_PARTITIONS = """
SELECT child.relname AS name FROM pg_inherits
JOIN pg_class AS child ON child.oid = inhrelid
JOIN pg_class AS parent ON parent.oid = inhparent
WHERE parent.relname = $1 ORDER BY 1
"""
_OUTCOME = """
INSERT INTO outcome (id, actor, principal, fingerprint, granted, body)
VALUES ($1, 'counter/nobody', $1, '', true, '{}')
"""
_EVENT = "INSERT INTO event (topic, generation, number, at, body) VALUES ($1, 1, 1, $2, '{}')"


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


@pytest.fixture
async def committing(servers: Servers, clock: FakeClock) -> AsyncIterator[Superuser]:
    """A session in the middle of a commit, which has its outcome and writes its event next."""
    connection: Superuser = await asyncpg.connect(servers.urls.app)
    commit = connection.transaction()
    await commit.start()
    await connection.execute(_OUTCOME, uuid7(int(clock.now().timestamp() * 1000)))
    yield connection
    await commit.rollback()
    await connection.close()


async def test_partitions_are_made_while_others_commit(
    committing: Superuser, superuser: Superuser, clock: FakeClock
) -> None:
    await committing.execute(_EVENT, uuid4().hex, clock.now())
    later = clock.now() + timedelta(days=400)
    async with at_once(superuser):
        assert await superuser.fetchval("SELECT ensure_partitions($1, 14)", later) > 14
    assert f"event_{later:%Y%m%d}" in await partitions_of(superuser, "event")


async def test_who_drops_partitions_does_not_wait_in_a_circle_with_who_commits(
    committing: Superuser, superuser: Superuser, clock: FakeClock
) -> None:
    for years in (5, 4):
        ago = clock.now() - timedelta(days=365 * years)
        await superuser.execute("SELECT ensure_partitions($1, 14)", ago)
    drop = superuser.execute("SELECT drop_partitions($1, 30, 35)", clock.now())
    dropping = asyncio.create_task(drop)
    await until(lambda: dropping.done() or _does_somebody_wait(committing))
    async with at_once(committing):
        await committing.execute(_EVENT, uuid4().hex, clock.now())
    with pytest.raises(asyncpg.LockNotAvailableError):
        await dropping


async def _does_somebody_wait(session: Superuser) -> bool:
    return bool(await session.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))


@asynccontextmanager
async def at_once(session: Superuser) -> AsyncIterator[None]:
    """Have nothing be waited for."""
    await session.execute("SET lock_timeout = '50ms'")
    yield
    await session.execute("RESET lock_timeout")


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
