"""The demo's clock: forward only, so far and no further, the same for all processes, kept."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from backend.clock import SystemClock
from backend.console import DemoClock, clock_of, following
from backend.console.moving import AHEAD_S_MAX, STEP_S_MAX
from backend.persistence import outages, pulse
from backend.persistence.database import fetch
from backend.settings import Settings
from tests.support.node import Node, running_node
from tests.support.promises import have_never_been_away
from tests.support.servers import Servers
from tests.support.until import until

DAY_S = 24 * 3600
PARTITION = "SELECT to_regclass($1) IS NOT NULL AS is_there"
JOBS = "SELECT name FROM job WHERE name LIKE 'demo.%'"


@pytest.fixture
async def demo(servers: Servers) -> AsyncIterator[Node]:
    """A node of a demo whose clock nobody has moved yet."""
    async with running_node(servers, DemoClock(servers.urls.app), is_demo=True) as node:
        await have_never_been_away(node.house.clock)
        yield node
    owner = await asyncpg.connect(servers.urls.owner)
    await owner.execute("DELETE FROM demo_clock; DELETE FROM job")
    await owner.close()


async def step(node: Node, forward_s: int) -> httpx.Response:
    """Move the clock."""
    async with httpx.AsyncClient(base_url=node.http_url) as http:
        return await http.post("/v1/demo/clock", json={"forward_s": forward_s})


async def test_it_goes_forward_as_if_the_time_had_been_lived_through(demo: Node) -> None:
    begun_at = demo.house.clock.now()
    await pulse.beat(begun_at)
    moved = await step(demo, 7 * DAY_S)
    assert moved.status_code == 200, moved.text
    assert moved.json()["ahead_s"] == 7 * DAY_S
    now = demo.house.clock.now()
    assert timedelta(0) <= now - begun_at - timedelta(days=7) < timedelta(minutes=1)

    # Nobody was away, there are tables for what happens now, and the workers are to look.
    assert await pulse.is_beating(now)
    assert await outages.recent(now) == []
    (found,) = await fetch(PARTITION, f"event_{now:%Y%m%d}")
    assert found["is_there"]
    assert {row["name"] for row in await fetch(JOBS)} == {"demo.look"}

    async with httpx.AsyncClient(base_url=demo.http_url) as http:
        assert (await http.get("/v1/demo")).json()["ahead_s"] == 7 * DAY_S
        assert (await http.get("/v1/demo/clock")).json()["ahead_s"] == 7 * DAY_S


async def test_it_never_goes_back_nor_too_far(demo: Node) -> None:
    for wrong in (0, -DAY_S, STEP_S_MAX + 1):
        refused = await step(demo, wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "demo.step_wrong")
    assert (await step(demo, DAY_S)).status_code == 200
    await fetch("UPDATE demo_clock SET ahead_s = $1", AHEAD_S_MAX - DAY_S)
    refused = await step(demo, DAY_S + 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "demo.clock_too_far")
    assert (await step(demo, DAY_S)).json()["ahead_s"] == AHEAD_S_MAX


async def test_all_processes_of_a_demo_agree_and_one_that_is_started_again_too(
    demo: Node, servers: Servers
) -> None:
    other = DemoClock(servers.urls.app)
    async with following(other):
        assert other.ahead == timedelta(0)
        await step(demo, 3600)
        await until(lambda: other.ahead == timedelta(hours=1))
    late = DemoClock(servers.urls.app)
    async with following(late):
        assert late.ahead == timedelta(hours=1)
        late.take(timedelta(minutes=5))  # What was told before comes late.
        assert late.ahead == timedelta(hours=1)


@pytest.mark.parametrize("is_demo", [True, False])
def test_elsewhere_time_is_the_machines(*, is_demo: bool) -> None:
    settings: Any = Settings(database_url="postgresql://nowhere/none", is_demo=is_demo)
    assert isinstance(clock_of(settings), DemoClock) is is_demo
    assert isinstance(clock_of(settings), SystemClock)
