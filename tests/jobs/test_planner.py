"""Jobs no turn wants: written down many at once, and kept while the database is away."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID, uuid4

import pytest
import structlog

from backend.jobs import planner
from backend.jobs.planner import AT_ONCE_MAX, JobPlanner
from backend.persistence import outbox
from backend.persistence.database import fetch
from backend.persistence.outbox import OutboxJob
from backend.persistence.work import PlannedJob
from tests.jobs.sample_jobs import Say, said
from tests.jobs.workshop import working
from tests.support.clock import FakeClock
from tests.support.servers import Servers
from tests.support.until import until

pytestmark = pytest.mark.usefixtures("database")


def say(run: UUID) -> PlannedJob:
    return PlannedJob("test.say", Say(run), 0.0)


@asynccontextmanager
async def planning(clock: FakeClock, relayed: list[OutboxJob]) -> AsyncIterator[JobPlanner]:
    """Run a planner until the block is left."""
    running = JobPlanner(clock, relayed.extend)
    running.start()
    try:
        yield running
    finally:
        await running.stop()


async def test_a_planned_job_is_done(servers: Servers, clock: FakeClock) -> None:
    run = uuid4()
    async with working(servers, clock), planning(clock, []) as jobs:
        jobs.plan(say(run))
        await until(lambda: jobs.waiting == 0)
        await clock.advance(seconds=3)

        async def is_said() -> bool:
            return await said(run) == ["said"]

        await until(is_said)


async def test_many_are_written_at_once_and_relayed_in_their_order(clock: FakeClock) -> None:
    relayed: list[OutboxJob] = []
    async with planning(clock, relayed) as jobs:
        for _ in range(2 * AT_ONCE_MAX + 1):
            jobs.plan(say(uuid4()))
        await until(lambda: jobs.waiting == 0)
    rows = await fetch("SELECT id FROM job")
    assert {row["id"] for row in rows} == {job.id for job in relayed}
    assert len(relayed) == 2 * AT_ONCE_MAX + 1


async def test_they_wait_for_the_database(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0
    write_down = outbox.write_down

    async def away_twice(planned: Sequence[PlannedJob], now: datetime) -> list[OutboxJob]:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise OSError("away")
        return await write_down(planned, now)

    monkeypatch.setattr(outbox, "write_down", away_twice)
    monkeypatch.setattr(planner, "AWAY_WAIT_S", 0.01)
    relayed: list[OutboxJob] = []
    with structlog.testing.capture_logs() as lines:
        async with planning(clock, relayed) as jobs:
            jobs.plan(say(uuid4()))
            await until(lambda: jobs.waiting == 0)
    assert len(relayed) == len(await fetch("SELECT id FROM job")) == 1
    assert [line["event"] for line in lines] == ["jobs could not be written down"] * 2


async def test_a_planner_keeps_so_many_and_no_more(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "WAITING_MAX", 2)
    jobs = JobPlanner(clock, lambda _jobs: None)
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            jobs.plan(say(uuid4()))
    assert jobs.waiting == 2
    assert [line["event"] for line in lines] == ["a job could not be kept"]


async def test_what_waits_when_it_stops_is_written_first(clock: FakeClock) -> None:
    relayed: list[OutboxJob] = []
    async with planning(clock, relayed) as jobs:
        jobs.plan(say(uuid4()))
    assert len(relayed) == len(await fetch("SELECT id FROM job")) == 1
