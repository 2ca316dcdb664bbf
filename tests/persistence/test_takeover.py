"""One owner: whoever lost an actor commits nothing more for it, and learns so."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from backend.persistence.database import connection_config, fetch
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, Add, Total, code_of, new_id, value_of
from tests.support.engine import Engine, engine, numbers_of, reloaded, remembered
from tests.support.servers import Servers
from tests.support.superuser import Superuser
from tests.support.until import until

AT_ONCE_S = 5.0
"""Less than the database lets a session idle in its transaction."""


async def test_a_turn_on_a_stale_version_is_answered_moved_and_the_actor_read_anew(
    running: Engine, superuser: Superuser
) -> None:
    key = uuid4()
    await running.ref(key).ask(Add(by=1), ANNA)
    await superuser.execute(
        "UPDATE head SET version = version + 1 WHERE address = $1", running.ref(key).address
    )

    stale, *behind = await asyncio.gather(
        *[running.ref(key).ask(Add(by=1), ANNA) for _ in range(3)]
    )
    assert [code_of(outcome) for outcome in (stale, *behind)] == ["moved"] * 3
    assert value_of(await running.ref(key).ask(Add(by=1), ANNA)) == 2
    assert await numbers_of(key) == [1, 2]
    assert remembered(running, key) == await reloaded(running, key) == Total(2)


async def test_of_a_batch_only_the_turns_that_lost_their_actor_are_left_out(
    running: Engine, superuser: Superuser
) -> None:
    keys = [uuid4() for _ in range(5)]
    await asyncio.gather(*[running.ref(key).ask(Add(by=1), ANNA) for key in keys])
    await superuser.execute(
        "UPDATE head SET version = version + 1 WHERE address = $1", running.ref(keys[2]).address
    )
    outcomes = await asyncio.gather(*[running.ref(key).ask(Add(by=1), ANNA) for key in keys])

    assert code_of(outcomes.pop(2)) == "moved"
    assert [value_of(outcome) for outcome in outcomes] == [2, 2, 2, 2]


async def test_the_first_server_learns_that_it_was_superseded(
    servers: Servers, clock: FakeClock
) -> None:
    async with engine(servers, clock) as first:
        key, other = uuid4(), uuid4()
        await first.ref(key).ask(Add(by=1), ANNA)
        async with engine(servers, clock) as second:
            assert value_of(await second.ref(key).ask(Add(by=1), ANNA)) == 2
            assert code_of(await first.ref(key).ask(Add(by=1), ANNA)) == "moved"
            await until(lambda: first.lost == [True])
            assert not first.ownership.is_owner
            assert code_of(await first.ref(other).ask(Add(by=1), ANNA)) == "moved"
            assert await numbers_of(key) == [1, 2]
            assert await numbers_of(other) == []


async def test_before_it_learns_so_it_commits_nothing_not_even_for_actors_nobody_else_woke(
    servers: Servers, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.persistence.ownership.HEARTBEAT_S", 1_000.0)
    async with engine(servers, clock) as first:
        known, unborn = uuid4(), uuid4()
        await first.ref(known).ask(Add(by=1), ANNA)
        async with engine(servers, clock):
            assert first.ownership.is_owner
            assert code_of(await first.ref(known).ask(Add(by=1), ANNA)) == "moved"
            assert code_of(await first.ref(unborn).ask(Add(by=1), ANNA)) == "moved"
            assert (await numbers_of(known), await numbers_of(unborn)) == ([1], [])


async def test_what_a_stopped_server_holds_locked_keeps_nobody_waiting(
    servers: Servers, clock: FakeClock
) -> None:
    key = uuid4()
    async with engine(servers, clock) as first:
        await first.ref(key).ask(Add(by=1), ANNA)
        # What a lane looks like from outside whose process was stopped before its COMMIT.
        name = f"tandem lane 0 of {first.node_id}"
        stopped = await asyncpg.connect(**connection_config(servers.urls.app, name))
        await stopped.execute("BEGIN")
        await stopped.execute(
            "UPDATE head SET version = version + 1 WHERE address = $1", first.ref(key).address
        )
        async with asyncio.timeout(AT_ONCE_S), engine(servers, clock) as second:
            assert value_of(await second.ref(key).ask(Add(by=1), ANNA)) == 2
        assert stopped.is_closed()


async def test_a_command_sent_to_both_is_done_once(servers: Servers, clock: FakeClock) -> None:
    key, command_id = uuid4(), new_id(clock)
    async with engine(servers, clock) as first:
        granted = await first.ref(key).ask(Add(by=5), ANNA, id=command_id)
        async with engine(servers, clock) as second:
            again = await second.ref(key).ask(Add(by=5), ANNA, id=command_id)
            assert granted.body == again.body
            assert await reloaded(second, key) == Total(5)


async def test_epochs_grow_with_every_owner(servers: Servers, clock: FakeClock) -> None:
    async with engine(servers, clock):
        before = (await fetch("SELECT min(epoch) AS epoch FROM shard"))[0]["epoch"]
        async with engine(servers, clock) as second:
            row = (await fetch("SELECT min(epoch) AS epoch, min(owner::text) AS owner FROM shard"))[
                0
            ]
            assert row["epoch"] == before + 1
            assert row["owner"] == str(second.node_id)
