"""Worker processes: one is killed in the middle of a job, one is told to stop."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from backend.clock import SystemClock
from backend.persistence.database import fetch
from tests.jobs.sample_jobs import Say, said
from tests.jobs.workshop import WITHIN_S, commit_job, is_done, until
from tests.support.servers import Servers

pytestmark = pytest.mark.usefixtures("database", "redis")

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def worker_process(
    servers: Servers, *command: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a worker process; it is killed at the end if it has not ended before."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(command or ("-m", "tests.jobs.worker_process")),
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": servers.urls.app,
            "REDIS_URL": servers.redis_url,
            **(environment or {}),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


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
    async with worker_process(servers, "-m", "backend.cli", "worker") as process:
        assert process.stdout is not None
        async with asyncio.timeout(WITHIN_S):
            while b"started" not in await process.stdout.readline():
                assert process.returncode is None
        process.send_signal(signal.SIGTERM)
        said_last, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
    assert process.returncode == 0
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
    command = ("-m", "backend.cli", "worker")
    async with worker_process(servers, *command, environment=environment) as process:
        output, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
    assert sentence in output
    assert b"Traceback" not in output
    assert process.returncode != 0
