"""A worker in the test's own event loop, and jobs as a commit would leave them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from actors.ports import Clock
from backend.jobs.relay import JobRelay
from backend.jobs.worker import JobWorker
from backend.persistence import outbox
from backend.persistence.database import Database, fetch
from backend.persistence.jobs import Declared
from backend.persistence.outbox import OutboxJob
from backend.persistence.work import PlannedJob
from tests.jobs import sample_jobs
from tests.support.servers import Servers

WITHIN_S = 20.0
DECLARED = Declared.of([sample_jobs])

_PUT = """
INSERT INTO job (id, name, arguments, correlation_id, due_at)
VALUES ($1, $2, $3::text::json, $4, $5)
"""


async def until(condition: Callable[[], Awaitable[Any]], within_s: float = WITHIN_S) -> Any:
    """Wait until something is so, and return what it is."""
    async with asyncio.timeout(within_s):
        while not (found := await condition()):  # noqa: ASYNC110 - it is another process's doing
            await asyncio.sleep(0.01)
        return found


async def commit_job(
    clock: Clock,
    name: str,
    arguments: msgspec.Struct,
    *,
    correlation_id: str | None = None,
    delay_s: float = 0.0,
) -> OutboxJob:
    """Have a job in the outbox, as a turn's commit leaves it."""
    planned = PlannedJob(name, arguments, delay_s)
    (job,) = outbox.address_jobs([(correlation_id, planned)], clock.now())
    await fetch(_PUT, job.id, job.name, job.arguments.decode(), correlation_id, job.due_at)
    return job


async def is_done(job: OutboxJob) -> bool:
    """Tell whether the row of a job is gone."""
    return not await fetch("SELECT 1 FROM job WHERE id = $1", job.id)


@asynccontextmanager
async def working(
    servers: Servers,
    clock: Clock,
    *,
    redis_url: str | None = None,
    declared: Declared = DECLARED,
    services: Mapping[type, Any] | None = None,
    **options: Any,
) -> AsyncIterator[JobWorker]:
    """Run a worker until the block is left."""
    worker = JobWorker(
        Database(servers.urls.app),
        redis_url or servers.redis_url,
        declared,
        clock=clock,
        services=services or {},
        sweep_every_s=options.pop("sweep_every_s", 0.05),
        **options,
    )
    task = asyncio.create_task(worker.run())
    ready = asyncio.create_task(worker.is_ready.wait())
    try:
        await asyncio.wait([task, ready], timeout=WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield worker
    finally:
        ready.cancel()
        worker.stop()
        async with asyncio.timeout(WITHIN_S):
            await task


@asynccontextmanager
async def relaying(relay: JobRelay) -> AsyncIterator[JobRelay]:
    """Run a relay until the block is left."""
    relay.start()
    try:
        yield relay
    finally:
        await relay.stop()
