"""The worker: a job in the outbox is done once, whatever happens on the way."""

from uuid import uuid4

import pytest
import structlog
from redis.asyncio import Redis

from backend.jobs.queue import QUEUE_NAME, JobQueue
from backend.jobs.relay import JobRelay
from backend.persistence.database import Database, fetch
from tests.jobs.sample_jobs import Say, said
from tests.jobs.workshop import commit_job, is_done, relaying, until, working
from tests.support.clock import FakeClock
from tests.support.servers import Servers

pytestmark = pytest.mark.usefixtures("database", "redis")


async def test_a_relayed_job_is_done_and_its_row_is_gone(
    servers: Servers, clock: FakeClock
) -> None:
    run = uuid4()
    relay = JobRelay(JobQueue(servers.redis_url), clock)
    # No sweeper would come in time: what is done was relayed.
    async with relaying(relay), working(servers, clock, sweep_every_s=3_600):
        job = await commit_job(clock, "test.say", Say(run))
        relay.put([job])
        await until(lambda: is_done(job))
    assert await said(run) == ["said"]
    assert (relay.relayed, relay.left) == (1, 0)


async def test_a_job_nobody_relayed_is_found_by_the_sweeper(
    servers: Servers, clock: FakeClock
) -> None:
    run = uuid4()
    async with working(servers, clock):
        job = await commit_job(clock, "test.say", Say(run))
        await clock.advance(seconds=3)
        await until(lambda: is_done(job))
    assert await said(run) == ["said"]


async def test_a_job_that_was_queued_many_times_is_done_once(
    servers: Servers, clock: FakeClock, redis: Redis
) -> None:
    run = uuid4()
    job = await commit_job(clock, "test.say", Say(run))
    queue = JobQueue(servers.redis_url)
    for _ in range(3):
        assert await queue.put([(job.id, 0.0)]) == 1
    async with working(servers, clock):
        await until(lambda: is_done(job))
        # Queued once more after it is done: there is nothing left to do.
        await queue.put([(job.id, 0.0)])

        async def is_empty() -> bool:
            return bool(await redis.zcard(QUEUE_NAME) == 0)

        await until(is_empty)
    assert await said(run) == ["said"]
    await queue.close()


async def test_what_a_job_plans_comes_with_its_end(servers: Servers, clock: FakeClock) -> None:
    run = uuid4()
    async with working(servers, clock):
        await commit_job(clock, "test.say_and_plan", Say(run))
        await clock.advance(seconds=3)

        async def both() -> bool:
            return len(await said(run)) == 2

        await until(both)
    assert await said(run) == ["said", "and later this"]


async def test_a_job_that_fails_is_tried_again_and_then_given_up(
    servers: Servers, clock: FakeClock
) -> None:
    run = uuid4()
    async with working(servers, clock):
        job = await commit_job(clock, "test.fail", Say(run), correlation_id="the command")
        await clock.advance(seconds=3)

        async def dead() -> bool:
            await clock.advance(seconds=5)
            return bool(await fetch("SELECT 1 FROM dead_letter WHERE id = $1", job.id))

        await until(dead)
    assert await said(run) == ["try 1", "try 2", "try 3"]
    (letter,) = await fetch("SELECT * FROM dead_letter WHERE id = $1", job.id)
    assert (letter["kind"], letter["receiver"], letter["tries"]) == ("job", "test.fail", 3)
    assert letter["correlation_id"] == "the command"
    assert letter["reason"] == "RuntimeError"
    assert await is_done(job)


async def test_a_job_may_ask_to_be_tried_later(servers: Servers, clock: FakeClock) -> None:
    run = uuid4()
    async with working(servers, clock):
        job = await commit_job(clock, "test.later", Say(run))
        await clock.advance(seconds=3)
        await until(lambda: is_done(job))
    assert await said(run) == ["try 2"]


async def test_arguments_that_cannot_be_read_are_given_up_at_once(
    servers: Servers, clock: FakeClock
) -> None:
    async with working(servers, clock):
        job = await commit_job(clock, "test.say", Say(run=uuid4()))
        await fetch("""UPDATE job SET arguments = '{"run": 7}' WHERE id = $1""", job.id)
        await clock.advance(seconds=3)
        await until(lambda: is_done(job))
    (letter,) = await fetch("SELECT tries, reason FROM dead_letter WHERE id = $1", job.id)
    assert letter["tries"] == 1
    assert letter["reason"] == "Expected `uuid`, got `int` - at `$.run`"


async def test_a_job_of_an_unknown_name_waits_for_who_knows_it(
    servers: Servers, clock: FakeClock
) -> None:
    async with working(servers, clock):
        job = await commit_job(clock, "test.of_tomorrow", Say(run=uuid4()))
        await clock.advance(seconds=3)

        async def tried() -> bool:
            return bool(await fetch("SELECT 1 FROM job WHERE id = $1 AND tries > 0", job.id))

        await until(tried)
    assert not await is_done(job)
    assert not await fetch("SELECT 1 FROM dead_letter")


async def test_log_lines_of_a_job_carry_the_id_of_the_command_that_caused_it(
    servers: Servers, clock: FakeClock
) -> None:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        async with working(servers, clock):
            job = await commit_job(clock, "test.say", Say(uuid4()), correlation_id="4711")
            await clock.advance(seconds=3)
            await until(lambda: is_done(job))
    saying = next(line for line in lines if line["event"] == "saying it")
    assert saying["correlation_id"] == "4711"
    assert saying["job"] == "test.say"


async def test_a_worker_told_to_stop_finishes_what_it_has_begun(
    servers: Servers, clock: FakeClock, database: Database
) -> None:
    del database
    run = uuid4()
    async with working(servers, clock) as worker:
        job = await commit_job(clock, "test.wait", Say(run))
        await clock.advance(seconds=3)

        async def begun() -> bool:
            return bool(await said(run))

        await until(begun)
        worker.stop()
        await fetch("INSERT INTO test_gate (id, is_open) VALUES ($1, true)", run)
    assert await said(run) == ["begun", "done"]
    assert await is_done(job)
