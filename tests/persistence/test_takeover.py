"""One owner: whoever lost an actor commits nothing more for it, and learns so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg

from backend.persistence.database import connection_config, fetch
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, Add, Read, Total, code_of, new_id, value_of
from tests.support.engine import Engine, engine, numbers_of, reloaded, remembered
from tests.support.servers import Servers
from tests.support.superuser import Superuser
from tests.support.until import until

AT_ONCE_S = 5.0
"""Less than the database lets a session idle in its transaction."""


async def test_a_turn_on_a_stale_version_is_decided_again_on_what_is_there_now(
    running: Engine, superuser: Superuser
) -> None:
    key = uuid4()
    await running.ref(key).ask(Add(by=1), ANNA)
    await superuser.execute(
        "UPDATE head SET version = version + 1 WHERE address = $1", running.ref(key).address
    )

    outcomes = await asyncio.gather(*[running.ref(key).ask(Add(by=1), ANNA) for _ in range(3)])
    assert [value_of(outcome) for outcome in outcomes] == [2, 3, 4]
    assert await numbers_of(key) == [1, 2, 3, 4]
    assert remembered(running, key) == await reloaded(running, key) == Total(4)


async def test_of_a_batch_only_the_turns_that_lost_their_actor_are_decided_again(
    running: Engine, superuser: Superuser
) -> None:
    keys = [uuid4() for _ in range(5)]
    await asyncio.gather(*[running.ref(key).ask(Add(by=1), ANNA) for key in keys])
    await superuser.execute(
        "UPDATE head SET version = version + 1 WHERE address = $1", running.ref(keys[2]).address
    )
    outcomes = await asyncio.gather(*[running.ref(key).ask(Add(by=1), ANNA) for key in keys])

    assert [value_of(outcome) for outcome in outcomes] == [2, 2, 2, 2, 2]
    for key in keys:
        assert await numbers_of(key) == [1, 2]


async def test_what_another_node_owns_by_now_is_not_committed_though_we_have_not_heard(
    running: Engine, superuser: Superuser
) -> None:
    known, unborn = uuid4(), uuid4()
    await running.ref(known).ask(Add(by=1), ANNA)
    async with taken_over_by_another(superuser) as other:
        assert code_of(await running.ref(known).ask(Add(by=1), ANNA)) == "moved"
        assert code_of(await running.ref(unborn).ask(Add(by=1), ANNA)) == "moved"
        assert (await numbers_of(known), await numbers_of(unborn)) == ([1], [])
        assert running.ref(known).address not in running.system.actors
        await until(lambda: running.membership.owner_of(running.ref(known).address) == other)


async def test_a_query_is_not_answered_from_memory_once_the_lease_has_run_out(
    running: Engine,
) -> None:
    key = uuid4()
    await running.ref(key).ask(Add(by=1), ANNA)
    assert value_of(await running.ref(key).ask(Read(), ANNA)) == 1

    running.directory.is_muffled = True
    await until(lambda: not running.membership.is_sure)
    assert code_of(await running.ref(key).ask(Read(), ANNA)) == "moved"
    # What is written the database judges, and it knows of nobody else.
    assert value_of(await running.ref(key).ask(Add(by=1), ANNA)) == 2


@asynccontextmanager
async def taken_over_by_another(superuser: Superuser) -> AsyncIterator[UUID]:
    """Have a node that is alive own everything, behind the back of the one that did."""
    other = uuid4()
    await superuser.execute(
        "INSERT INTO node VALUES "
        "($1, clock_timestamp(), false, 60000, true, clock_timestamp(), clock_timestamp())",
        other,
    )
    await superuser.execute("UPDATE shard SET owner = $1, epoch = epoch + 1", other)
    yield other
    await superuser.execute("DELETE FROM node WHERE id = $1", other)


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
        first.directory.is_muffled = True
        async with asyncio.timeout(AT_ONCE_S), engine(servers, clock) as second:
            assert value_of(await second.ref(key).ask(Add(by=1), ANNA)) == 2
        assert stopped.is_closed()


async def test_a_command_sent_to_both_is_done_once(servers: Servers, clock: FakeClock) -> None:
    key, command_id = uuid4(), new_id(clock)
    async with engine(servers, clock) as first:
        granted = await first.ref(key).ask(Add(by=5), ANNA, id=command_id)
        first.directory.is_muffled = True
        async with engine(servers, clock) as second:
            again = await second.ref(key).ask(Add(by=5), ANNA, id=command_id)
            assert granted.body == again.body
            assert await reloaded(second, key) == Total(5)


async def test_epochs_grow_with_every_owner(servers: Servers, clock: FakeClock) -> None:
    async with engine(servers, clock):
        (before,) = await fetch("SELECT min(epoch) AS epoch FROM shard")
    async with engine(servers, clock) as second:
        (now,) = await fetch("SELECT min(epoch) AS epoch, min(owner::text) AS owner FROM shard")
    assert now["epoch"] == before["epoch"] + 2  # given up in order, then taken
    assert now["owner"] == str(second.node_id)
