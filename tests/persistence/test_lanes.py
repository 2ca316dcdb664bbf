"""Several lanes, and a limit to what may wait in one."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.support.clock import FakeClock
from tests.support.counter import ANNA, Add, Total, code_of, new_id, refused_of, value_of
from tests.support.engine import Engine, engine, numbers_of, reloaded, remembered
from tests.support.servers import Servers
from tests.support.until import until
from tests.support.wire import wire_to


@pytest.fixture
async def three_lanes(servers: Servers, clock: FakeClock) -> AsyncIterator[Engine]:
    """An engine whose actors are spread over three sessions."""
    async with engine(servers, clock, lanes=3) as running:
        yield running


async def test_actors_keep_their_order_and_tell_each_other_across_lanes(
    three_lanes: Engine,
) -> None:
    running = three_lanes
    keys = [uuid4() for _ in range(60)]
    outcomes = await asyncio.gather(
        *[
            running.ref(key).ask(Add(by=1, let_know=keys[place - 1]), ANNA)
            for place, key in enumerate(keys)
            for _ in range(10)
        ]
    )

    assert [value_of(outcome) for outcome in outcomes] == [*range(1, 11)] * 60
    assert sum(bool(lane.batches) for lane in running.committer.lanes) == 3
    for key in keys:
        await until(lambda: remembered(running, key) == Total(10, 10))  # noqa: B023
        assert await reloaded(running, key) == Total(10, 10)


async def test_one_id_sent_to_many_actors_at_once_is_done_by_one(
    three_lanes: Engine, clock: FakeClock
) -> None:
    running = three_lanes
    for _ in range(5):
        keys, ids = [uuid4() for _ in range(6)], [new_id(clock) for _ in range(4)]
        # Half of them backwards, so that lanes meet each other's ids in opposite order.
        asks = [
            running.ref(key).ask(Add(by=1), ANNA, id=command_id)
            for place, key in enumerate(keys)
            for command_id in (ids if place % 2 else ids[::-1])
        ]
        outcomes = await asyncio.gather(*asks)

        assert sum(outcome.granted for outcome in outcomes) == len(ids)
        refused = {code_of(outcome) for outcome in outcomes if not outcome.granted}
        assert refused == {"id_reused"}
        assert sum([(await reloaded(running, key)).value for key in keys]) == len(ids)


async def test_what_waits_for_a_lane_has_a_limit(
    servers: Servers, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.persistence.committer.WAITING_TURNS_MAX", 3)
    async with (
        wire_to(servers.urls.app) as (wire, dsn),
        engine(servers, clock, lane_dsn=dsn) as running,
    ):
        lane = running.committer.lanes[0]
        wire.is_down = True
        held = asyncio.create_task(running.ref(uuid4()).ask(Add(by=1), ANNA))
        await until(lambda: lane.is_held)
        waiting = [asyncio.create_task(running.ref(uuid4()).ask(Add(by=1), ANNA)) for _ in "abc"]
        await until(lambda: len(lane.queue) == 3)
        refused = refused_of(await running.ref(key := uuid4()).ask(Add(by=1), ANNA))

        assert (refused.code, refused.temporary) == ("temporary", True)
        wire.is_down = False
        assert [value_of(outcome) for outcome in await asyncio.gather(held, *waiting)] == [1] * 4
        assert value_of(await running.ref(key).ask(Add(by=1), ANNA)) == 1
        assert await numbers_of(key) == [1]


async def test_closing_does_not_wait_for_a_database_that_is_away(
    servers: Servers, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.persistence.lane.CLOSE_WITHIN_S", 0.05)
    async with (
        wire_to(servers.urls.app) as (wire, dsn),
        engine(servers, clock, lane_dsn=dsn) as running,
    ):
        wire.is_down = True
        waiting = asyncio.create_task(running.ref(uuid4()).ask(Add(by=1), ANNA, timeout_s=0.5))
        await until(lambda: running.committer.lanes[0].is_held)
        async with asyncio.timeout(5):
            await running.committer.close()
            assert code_of(await waiting) == "timed_out"
        running.system.actors.clear()
