"""Turns over the whole mailbox: committed together, cut where the database says no."""

import asyncio
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from backend.persistence.database import fetch
from tests.support.clock import FakeClock
from tests.support.counter import ANNA, BEN, Add, Counted, Read, Total, code_of, new_id, value_of
from tests.support.engine import (
    engine,
    held_in,
    numbers_of,
    purse_with,
    reloaded,
    remembered,
)
from tests.support.servers import Servers
from tests.support.until import until


async def test_what_waits_in_a_mailbox_is_one_turn_and_one_transaction(
    servers: Servers, clock: FakeClock
) -> None:
    async with engine(servers, clock) as running:
        key = uuid4()
        await running.ref(key).ask(Add(by=1), ANNA)
        before = running.committer.lanes[0].batches
        outcomes = await asyncio.gather(*[running.ref(key).ask(Add(by=1), ANNA) for _ in range(50)])

        assert [value_of(outcome) for outcome in outcomes] == list(range(2, 52))
        assert running.committer.lanes[0].batches == before + 1
        assert await numbers_of(key) == list(range(1, 52))
        assert remembered(running, key) == await reloaded(running, key) == Total(51)


@pytest.mark.parametrize("refused_at", range(6))
async def test_a_refusal_of_the_database_cuts_the_turn_where_it_stood(
    servers: Servers, clock: FakeClock, refused_at: int
) -> None:
    async with engine(servers, clock) as running:
        key, empty, full = uuid4(), await purse_with(0), await purse_with(1000)
        asks = [Add(by=1, purse=empty if place == refused_at else full) for place in range(6)]
        outcomes = await asyncio.gather(*[running.ref(key).ask(ask, ANNA) for ask in asks])

        assert code_of(outcomes.pop(refused_at)) == "test.purse_empty"
        assert [value_of(outcome) for outcome in outcomes] == [1, 2, 3, 4, 5]
        assert await numbers_of(key) == [1, 2, 3, 4, 5]
        assert remembered(running, key) == await reloaded(running, key) == Total(5)
        assert await held_in(full) == 995


async def test_a_rule_s_refusal_changes_nothing_and_does_not_hold_up_the_others(
    servers: Servers, clock: FakeClock
) -> None:
    async with engine(servers, clock) as running:
        key = uuid4()
        asks = [Add(by=1), Add(by=500), Add(by=2)]
        one, refused, two = await asyncio.gather(*[running.ref(key).ask(a, ANNA) for a in asks])

        assert (value_of(one), code_of(refused), value_of(two)) == (1, "test.too_much", 3)
        assert remembered(running, key) == await reloaded(running, key) == Total(3)


async def test_a_bug_in_a_handler_is_answered_internal_and_blocks_nobody(
    servers: Servers, clock: FakeClock
) -> None:
    async with engine(servers, clock) as running:
        key = uuid4()
        asks = [Add(by=1), Add(by=13), Add(by=2)]
        one, bug, two = await asyncio.gather(*[running.ref(key).ask(a, ANNA) for a in asks])

        assert (value_of(one), code_of(bug), value_of(two)) == (1, "internal", 3)


async def test_a_row_the_database_refuses_condemns_only_its_own_command(
    servers: Servers, clock: FakeClock
) -> None:
    async with engine(servers, clock) as running:
        good, bad = uuid4(), uuid4()
        asks = [(good, Add(by=1)), (bad, Add(by=2)), (bad, Add(by=1000)), (bad, Add(by=3))]
        outcomes = await asyncio.gather(*[running.ref(key).ask(a, ANNA) for key, a in asks])

        assert value_of(outcomes[0]) == 1
        assert value_of(outcomes[1]) == 2
        assert code_of(outcomes[2]) == "internal"
        assert value_of(outcomes[3]) == 5
        assert remembered(running, bad) == await reloaded(running, bad) == Total(5)


async def test_the_same_id_is_done_once_and_answered_alike(
    servers: Servers, clock: FakeClock
) -> None:
    async with engine(servers, clock) as running:
        key, command_id = uuid4(), new_id(clock)
        ref = running.ref(key)
        twice = [ref.ask(Add(by=5), ANNA, id=command_id) for _ in range(2)]
        at_once = await asyncio.gather(*twice)
        later = await ref.ask(Add(by=5), ANNA, id=command_id)

        assert [value_of(outcome) for outcome in [*at_once, later]] == [5, 5, 5]
        assert await numbers_of(key) == [1]


async def test_an_id_used_for_something_else_or_by_somebody_else_is_refused(
    servers: Servers, clock: FakeClock
) -> None:
    async with engine(servers, clock) as running:
        key, command_id = uuid4(), new_id(clock)
        ref = running.ref(key)
        await ref.ask(Add(by=5), ANNA, id=command_id)

        assert code_of(await ref.ask(Add(by=6), ANNA, id=command_id)) == "id_reused"
        assert code_of(await ref.ask(Add(by=5), BEN, id=command_id)) == "id_reused"
        other = running.ref(uuid4())
        assert code_of(await other.ask(Add(by=5), ANNA, id=command_id)) == "id_reused"
        assert value_of(await ref.ask(Read(), ANNA)) == 5


async def test_a_lasting_refusal_is_given_again_even_when_it_would_be_granted_by_now(
    servers: Servers, clock: FakeClock
) -> None:
    async with engine(servers, clock) as running:
        key, purse, command_id = uuid4(), await purse_with(0), new_id(clock)
        ask = Add(by=5, purse=purse)
        assert code_of(await running.ref(key).ask(ask, ANNA, id=command_id)) == "test.purse_empty"
        await fetch("UPDATE test_purse SET held = 100 WHERE id = $1", purse)

        assert code_of(await running.ref(key).ask(ask, ANNA, id=command_id)) == "test.purse_empty"
        assert value_of(await running.ref(key).ask(ask, ANNA)) == 5


async def test_a_tell_is_heard_once_and_its_row_is_gone(servers: Servers, clock: FakeClock) -> None:
    async with engine(servers, clock) as running:
        one, other = uuid4(), uuid4()
        await running.ref(one).ask(Add(by=1, let_know=other), ANNA)
        await running.ref(one).ask(Add(by=1, let_know=other), ANNA)
        await until(lambda: remembered(running, other).heard == 2)

        assert await reloaded(running, other) == Total(0, 2)
        receiver = f"counter/{other}"
        assert await fetch("SELECT 1 FROM tell WHERE receiver = $1", receiver) == []


async def test_a_tell_left_by_a_crash_is_heard_when_its_receiver_wakes(
    servers: Servers, clock: FakeClock
) -> None:
    async with engine(servers, clock) as running:
        key = uuid4()
        await fetch(
            "INSERT INTO tell (id, receiver, tells, tries, sent_at) VALUES ($1, $2, $3, 0, $4)",
            new_id(clock),
            f"counter/{key}",
            '[{"type":"test.moved","by":1}]',
            clock.now(),
        )
        await running.ref(key).ask(Read(), ANNA)
        assert msgspec.json.decode((await running.ref(key).ask(Read(), ANNA)).body)["heard"] == 1


async def test_idle_actors_leave_and_come_back_as_they_were(
    servers: Servers, clock: FakeClock
) -> None:
    async with engine(servers, clock, idle_s=60.0) as running:
        key = uuid4()
        await running.ref(key).ask(Add(by=7), ANNA)
        assert running.system.passivate() == 0
        await clock.advance(seconds=61)
        assert running.system.passivate() == 1
        assert running.system.actors == {}
        assert value_of(await running.ref(key).ask(Add(by=1), ANNA)) == 8
        assert [number for _, number, _ in running.published.events] == [1, 2]


async def test_a_lane_survives_the_end_of_its_session(servers: Servers, clock: FakeClock) -> None:
    async with engine(servers, clock) as running:
        key = uuid4()
        await running.ref(key).ask(Add(by=1), ANNA)
        superuser = await asyncpg.connect(servers.postgres.dsn("tandem"))
        name = f"tandem lane 0 of {running.node_id}"
        ended = await superuser.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE application_name = left($1, 63)",
            name,
        )
        await superuser.close()

        assert ended == 1
        assert value_of(await running.ref(key).ask(Add(by=1), ANNA)) == 2
        assert isinstance(running.published.events[-1][2], Counted)


async def test_what_is_sent_again_costs_nobody_else_anything(
    servers: Servers, clock: FakeClock
) -> None:
    async with engine(servers, clock) as running:
        one, other, purse = uuid4(), uuid4(), await purse_with(20)
        command_id = new_id(clock)
        wish = Add(by=10, purse=purse)
        assert value_of(await running.ref(one).ask(wish, ANNA, id=command_id)) == 10
        await running.ref(other).ask(Add(by=0), BEN)

        again, bens = await asyncio.gather(
            running.ref(one).ask(wish, ANNA, id=command_id), running.ref(other).ask(wish, BEN)
        )
        assert (value_of(again), value_of(bens)) == (10, 10)
        assert await held_in(purse) == 0
