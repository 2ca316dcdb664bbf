"""What a job leaves behind: its tells and its writes are there with its end, or not at all."""

from uuid import UUID, uuid4

import pytest

from backend.persistence.database import fetch
from backend.persistence.job_run import DoneBefore, JobRun
from tests.jobs.listeners import Word, listening, somebody
from tests.jobs.sample_jobs import Say, said, write
from tests.jobs.workshop import commit_job, is_done, until
from tests.support.clock import FakeClock
from tests.support.servers import Servers

pytestmark = pytest.mark.usefixtures("database")


def run_of(clock: FakeClock, job_id: UUID | None = None) -> JobRun:
    return JobRun(job_id, clock=clock, services={})


async def tells_of(receiver: str) -> int:
    (row,) = await fetch("SELECT count(*) AS count FROM tell WHERE receiver = $1", receiver)
    return int(row["count"])


async def test_what_a_job_tells_is_heard_by_the_actor_at_once(
    servers: Servers, clock: FakeClock
) -> None:
    who = somebody()
    async with listening(servers, clock) as running:
        await until(running.sweeper_listens)
        job = await commit_job(clock, "test.say", Say(uuid4()))
        run = run_of(clock, job.id)
        run.tell(who, Word(text="one"))
        run.tell(who, Word(text="two"))
        await run.finish()

        async def heard() -> bool:
            return await tells_of(who) == 0

        await until(heard)
        assert running.heard == ["one", "two"]
    assert await is_done(job)


async def test_a_run_that_comes_second_leaves_nothing_behind(clock: FakeClock) -> None:
    who, name = somebody(), uuid4()
    job = await commit_job(clock, "test.say", Say(name))
    first, second = run_of(clock, job.id), run_of(clock, job.id)
    for run in (first, second):
        run.tell(who, Word(text="done"))
        run.job("test.say", Say(name))
    async with first.once():
        await write(name, "first")
    with pytest.raises(DoneBefore):
        async with second.once():
            await write(name, "second")
    assert await said(name) == ["first"]
    assert await tells_of(who) == 1
    assert len(await fetch("SELECT 1 FROM job")) == 1


async def test_a_run_that_fails_leaves_nothing_behind_and_its_job_waits(clock: FakeClock) -> None:
    who, name = somebody(), uuid4()
    job = await commit_job(clock, "test.say", Say(name))
    run = run_of(clock, job.id)
    run.tell(who, Word(text="done"))

    async def fail_in_the_middle() -> None:
        async with run.once():
            await write(name, "half")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        await fail_in_the_middle()
    assert await said(name) == []
    assert await tells_of(who) == 0
    assert not await is_done(job)


async def test_a_schedule_tells_too(clock: FakeClock) -> None:
    who = somebody()
    run = run_of(clock)
    run.tell(who, Word(text="every hour"))
    await run.finish()
    assert await tells_of(who) == 1
