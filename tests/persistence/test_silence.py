"""A database that does not answer: who waits behind what it was sent does not wait for it."""

import asyncio
from contextlib import ExitStack
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from backend.persistence.database import Database, fetch, one_moment
from backend.persistence.engine import DB
from protocol.common import Temporary, TimedOut
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, Add, Total, code_of, new_id, value_of
from tests.support.engine import Engine, engine, numbers_of, reloaded
from tests.support.frozen import frozen
from tests.support.servers import Servers
from tests.support.superuser import Superuser
from tests.support.until import until

SOON_S = 4.0
"""Less than the five seconds after which what was sent is given up as well."""


def hold_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.persistence.silence.HOLD_S", 0.05)


async def test_behind_a_frozen_database_all_is_given_up_but_what_was_sent(
    running: Engine, servers: Servers, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, *others = [uuid4() for _ in range(15)]
    for known in (key, *others):
        await running.ref(known).ask(Add(by=1), ANNA)
    lane = running.committer.lanes[0]
    ids = [new_id(clock) for _ in others]
    with capture_logs() as said, frozen(servers.postgres):
        sent = asyncio.create_task(running.ref(key).ask(Add(by=1), ANNA))
        await until(lambda: bool(lane.under_way))
        queued = [
            asyncio.create_task(running.ref(other).ask(Add(by=1), ANNA, id=command_id))
            for other, command_id in zip(others, ids, strict=True)
        ]
        await until(lambda: len(lane.queue) == len(others))
        hold_nobody(monkeypatch)
        async with asyncio.timeout(SOON_S):
            assert {code_of(outcome) for outcome in await asyncio.gather(*queued)} == {"temporary"}
            # Nor is kept waiting who comes now, to the actor whose turn is on its way.
            assert code_of(await running.ref(key).ask(Add(by=1), ANNA)) == "temporary"
        assert not sent.done()
    monkeypatch.undo()
    assert value_of(await sent) == 2

    (line, *_) = [line for line in said if "was given up" in line["event"]]
    assert line["commands"] == len(others)
    assert line["correlation_ids"] == [*ids[:10], "…"]
    again = [
        running.ref(other).ask(Add(by=1), ANNA, id=command_id)
        for other, command_id in zip(others, ids, strict=True)
    ]
    assert {value_of(outcome) for outcome in await asyncio.gather(*again)} == {2}
    assert await numbers_of(others[0]) == [1, 2]


async def test_while_another_lane_gets_through_what_waits_is_not_given_up(
    servers: Servers, clock: FakeClock, superuser: Superuser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine(servers, clock, lanes=2) as running:
        key, others = uuid4(), [uuid4() for _ in range(5)]
        await running.ref(key).ask(Add(by=1), ANNA)
        async with superuser.transaction():
            await superuser.execute(
                "SELECT FROM head WHERE address = $1 FOR UPDATE", running.ref(key).address
            )
            held_up = asyncio.create_task(running.ref(key).ask(Add(by=1), ANNA))
            await until(lambda: any(lane.under_way for lane in running.committer.lanes))
            hold_nobody(monkeypatch)
            async with asyncio.timeout(SOON_S):
                assert code_of(await running.ref(key).ask(Add(by=1), ANNA)) == "temporary"
                for other in others:
                    assert value_of(await running.ref(other).ask(Add(by=1), ANNA)) == 1
            assert not held_up.done()
        assert value_of(await held_up) == 2
        assert await reloaded(running, key) == Total(2)


async def test_readers_of_a_frozen_database_are_told_soon_and_no_connection_is_lost(
    servers: Servers,
) -> None:
    database = await Database(servers.urls.app, pool_max=3, answered_within_s=0.2).open()
    try:
        await asyncio.gather(*[fetch("SELECT 1") for _ in range(3)])
        with frozen(servers.postgres):
            async with asyncio.timeout(SOON_S):
                found = await asyncio.gather(
                    *[_read_at_one_moment() for _ in range(2)],
                    fetch("SELECT 1"),
                    return_exceptions=True,
                )
        assert [type(problem) for problem in found] == [Temporary] * 3
        assert DB.current_transaction.get() is None
        async with asyncio.timeout(SOON_S):
            await asyncio.gather(*[fetch("SELECT pg_sleep(0.01)") for _ in range(9)])
    finally:
        await database.close()


async def _read_at_one_moment() -> None:
    async with one_moment():
        await fetch("SELECT 1")


async def test_a_commit_that_is_not_answered_is_not_said_to_have_changed_nothing(
    servers: Servers,
) -> None:
    database = await Database(servers.urls.app, answered_within_s=0.2).open()

    async def freeze_before_the_commit(until_later: ExitStack) -> None:
        async with DB.transaction():
            await fetch("SELECT 1")
            until_later.enter_context(frozen(servers.postgres))

    async def end_the_session_before_the_commit_is_sent() -> None:
        async with DB.transaction() as transaction:
            transaction.connection.terminate()
            await fetch("SELECT 1")

    try:
        with ExitStack() as until_later, pytest.raises(TimedOut):
            await freeze_before_the_commit(until_later)
        with pytest.raises(Temporary):
            await end_the_session_before_the_commit_is_sent()
        assert len(await fetch("SELECT 1")) == 1
    finally:
        await database.close()
