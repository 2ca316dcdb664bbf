"""Redis away: nothing is lost, nobody waits for it, and what was left is done when it is back."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from backend.embedded import EmbeddedRedis
from backend.jobs import relay as relay_module
from backend.jobs.queue import QUEUE_NAME, JobQueue
from backend.jobs.relay import WAITING_MAX, JobRelay
from backend.persistence.outbox import OutboxJob
from tests.jobs.sample_jobs import Say, said
from tests.jobs.workshop import commit_job, is_done, relaying, until, working
from tests.support.clock import FakeClock
from tests.support.servers import Servers

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, as sockets need it."""
    made = Path(tempfile.mkdtemp(prefix="tandem-jobs-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
async def own_redis(folder: Path) -> AsyncIterator[EmbeddedRedis]:
    """A Redis that the test may stop."""
    redis = EmbeddedRedis(folder / "redis", durable=False)
    await redis.start()
    yield redis
    await redis.stop()


async def test_jobs_committed_while_redis_is_away_are_done_when_it_is_back(
    servers: Servers, clock: FakeClock, own_redis: EmbeddedRedis
) -> None:
    run = uuid4()
    relay = JobRelay(JobQueue(own_redis.url), clock)
    async with relaying(relay), working(servers, clock, redis_url=own_redis.url):
        await own_redis.stop()
        job = await commit_job(clock, "test.say", Say(run))
        relay.put([job])

        async def left() -> bool:
            return relay.left == 1

        await until(left)
        assert await said(run) == []
        await own_redis.start()
        await clock.advance(seconds=3)
        await until(lambda: is_done(job))
    assert await said(run) == ["said"]


async def test_a_worker_that_starts_before_redis_waits_for_it(
    servers: Servers, clock: FakeClock, own_redis: EmbeddedRedis
) -> None:
    run = uuid4()
    await own_redis.stop()
    async with working(servers, clock, redis_url=own_redis.url):
        job = await commit_job(clock, "test.say", Say(run))
        await own_redis.start()
        await clock.advance(seconds=3)
        await until(lambda: is_done(job))
    assert await said(run) == ["said"]


async def test_a_full_queue_leaves_jobs_in_their_table(
    servers: Servers, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, redis: Redis
) -> None:
    monkeypatch.setattr(relay_module, "QUEUED_MAX", 2)
    monkeypatch.setattr(relay_module, "AT_ONCE_MAX", 3)
    relay = JobRelay(JobQueue(servers.redis_url), clock)
    relay.put([await commit_job(clock, "test.say", Say(uuid4())) for _ in range(7)])
    async with relaying(relay):

        async def dealt_with() -> bool:
            return relay.relayed + relay.left == 7

        await until(dealt_with)
    assert relay.relayed == 3
    assert await redis.zcard(QUEUE_NAME) == 3


async def test_what_redis_forgot_is_relayed_again(
    servers: Servers, clock: FakeClock, own_redis: EmbeddedRedis
) -> None:
    run = uuid4()
    queue = JobQueue(own_redis.url)
    job = await commit_job(clock, "test.say", Say(run))
    async with working(servers, clock, redis_url=own_redis.url) as worker:
        # It is not durable: a restart forgets the queue. The job is marked as relayed long ago.
        await queue.put([(job.id, 3_600.0)])
        await own_redis.stop()
        await own_redis.start()
        await clock.advance(minutes=6)
        await until(lambda: is_done(job))
        del worker
    assert await said(run) == ["said"]
    await queue.close()


async def test_a_relay_without_redis_takes_so_many_jobs_and_no_more(
    clock: FakeClock, folder: Path
) -> None:
    relay = JobRelay(JobQueue(f"unix://{folder}/nobody.sock?db=0"), clock)
    jobs = [OutboxJob(uuid4(), "test.say", b"{}", None, clock.now())] * (WAITING_MAX + 7)
    relay.put(jobs)
    assert relay.left == 7
    async with relaying(relay):

        async def all_left() -> bool:
            return relay.left == len(jobs)

        await until(all_left)
    assert relay.relayed == 0


async def test_what_is_due_much_later_waits_in_its_table(
    servers: Servers, clock: FakeClock
) -> None:
    run = uuid4()
    relay = JobRelay(JobQueue(servers.redis_url), clock)
    async with relaying(relay), working(servers, clock):
        job = await commit_job(clock, "test.say", Say(run), delay_s=3_600)
        relay.put([job])
        assert relay.left == 1
        await clock.advance(minutes=59)
        other = await commit_job(clock, "test.say", Say(uuid4()))
        relay.put([other])
        await until(lambda: is_done(other))
        assert await said(run) == []
        await clock.advance(minutes=2)
        await until(lambda: is_done(job))
    assert await said(run) == ["said"]
