"""Worker processes: one is killed in the middle of a job, one is told to stop."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest

from backend.clock import SystemClock
from backend.persistence.database import fetch
from tests.jobs.sample_jobs import Say, said
from tests.jobs.workshop import WITHIN_S, commit_job, is_done, until
from tests.support.forking import Talking, talking
from tests.support.servers import Servers

pytestmark = pytest.mark.usefixtures("database", "redis")

COMMAND = ("backend.cli", "worker")


@asynccontextmanager
async def worker_process(
    servers: Servers, module: str = "tests.jobs.worker_process", *arguments: str, **environ: str
) -> AsyncIterator[Talking]:
    """Run a worker process; it is killed at the end if it has not ended before."""
    settings = {"DATABASE_URL": servers.urls.app, "REDIS_URL": servers.redis_url}
    environ = {**os.environ, **settings, **environ}
    async with talking(module, *arguments, environ=environ) as process:
        yield process


async def until_begun(run: UUID, times: int) -> None:
    async def begun() -> bool:
        return (await said(run)).count("begun") == times

    await until(begun)


async def test_the_job_of_a_killed_worker_is_done_once_by_another(servers: Servers) -> None:
    run, clock = uuid4(), SystemClock()
    job = await commit_job(clock, "test.wait", Say(run))
    async with worker_process(servers) as killed:
        await until_begun(run, 1)
        killed.send_signal(signal.SIGKILL)
        await killed.wait()
    await fetch("INSERT INTO test_gate (id, is_open) VALUES ($1, true)", run)
    async with worker_process(servers):
        await until(lambda: is_done(job))
    assert await said(run) == ["begun", "begun", "done"]


async def test_a_frozen_worker_that_wakes_up_late_does_not_do_the_job_again(
    servers: Servers,
) -> None:
    run, clock = uuid4(), SystemClock()
    job = await commit_job(clock, "test.wait", Say(run))
    async with worker_process(servers) as frozen:
        await until_begun(run, 1)
        frozen.send_signal(signal.SIGSTOP)
        async with worker_process(servers) as other:
            await until_begun(run, 2)
            await fetch("INSERT INTO test_gate (id, is_open) VALUES ($1, true)", run)
            await until(lambda: is_done(job))
            frozen.send_signal(signal.SIGCONT)
            for process in (frozen, other):
                process.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(process.wait(), WITHIN_S) == 0
    assert await said(run) == ["begun", "begun", "done"]


async def test_tandem_worker_starts_and_ends_in_good_order(servers: Servers) -> None:
    async with worker_process(servers, *COMMAND) as process:
        async with asyncio.timeout(WITHIN_S):
            while b"started" not in await process.said.readline():
                assert process.returncode is None
            process.send_signal(signal.SIGTERM)
            said_last = await process.said.read()
            assert await process.wait() == 0
    assert b"stopped" in said_last
    assert b"Traceback" not in said_last


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DATABASE_URL": "postgresql://localhost:1/none"}, b"cannot reach its database"),
        ({"TANDEM_VAPID_PRIVATE_KEY": "not a key"}, b"no VAPID key"),
    ],
)
async def test_what_is_wrong_with_a_worker_is_said_in_a_sentence(
    servers: Servers, environment: dict[str, str], sentence: bytes
) -> None:
    async with worker_process(servers, *COMMAND, **environment) as process:
        async with asyncio.timeout(WITHIN_S):
            output = await process.said.read()
            assert await process.wait() != 0
    assert sentence in output
    assert b"Traceback" not in output
