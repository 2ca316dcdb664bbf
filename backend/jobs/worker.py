"""The worker: arq's, with what Tandem needs besides.

It outlives Redis going away, brings the jobs a crash left behind, and holds a job it runs by a
lease that it renews, so that the job of a killed worker is soon taken over by another.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import structlog
from arq.constants import in_progress_key_prefix
from arq.cron import CronJob, cron
from arq.worker import Worker, func
from redis.exceptions import RedisError

from actors.ports import Clock
from backend.ending import end, finish
from backend.jobs.queue import (
    FUNCTION_NAME,
    QUEUED_MAX,
    JobQueue,
    QueueAway,
    connect,
    deserialize,
    serialize,
)
from backend.jobs.running import Runner
from backend.pausing import pause
from backend.persistence import job_rows
from backend.persistence.answering import AWAY
from backend.persistence.database import Database
from backend.persistence.jobs import MINUTES_AN_HOUR, Declared, Schedule
from backend.persistence.services import Services, close_services

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

log = structlog.get_logger()

AT_ONCE_MAX = 20
POLL_EVERY_S = 0.2
SWEEP_EVERY_S = 2.0
SWEPT_AT_ONCE_MAX = 500
LEASE_S = 15.0
DRAIN_S = 10.0
REDIS_AWAY_WAIT_S = 1.0
_NO_LIMIT = 1_000_000
"""Tries are counted in the row, not by arq."""


class JobWorker:
    """One worker process's work."""

    def __init__(  # noqa: PLR0913 - tied together in one place, by name
        self,
        database: Database,
        redis_url: str,
        declared: Declared,
        *,
        clock: Clock,
        services: Services,
        lease_s: float = LEASE_S,
        sweep_every_s: float = SWEEP_EVERY_S,
    ) -> None:
        """Tie it together; nothing runs before `run`."""
        self._database = database
        self._redis_url = redis_url
        self._declared = declared
        self._clock = clock
        self._lease_s = lease_s
        self._sweep_every_s = sweep_every_s
        self._queue = JobQueue(redis_url)
        self._services = services
        self._runner = Runner(declared, self._queue, clock, services)
        self._stop = asyncio.Event()
        self.is_ready = asyncio.Event()
        """Set once jobs are taken."""

    def stop(self) -> None:
        """Take no new job, finish what runs, end."""
        self._stop.set()

    async def run(self) -> None:
        """Work until told to stop. Raises OSError or asyncpg's when there is no database."""
        await self._database.open()
        sweeping = asyncio.create_task(self._sweep(), name="job sweeper")
        try:
            while not self._stop.is_set():
                try:
                    await self._work()
                except (RedisError, OSError) as problem:
                    log.warning("Redis is away", problem=str(problem))
                    await pause(REDIS_AWAY_WAIT_S, until=self._stop)
                except Exception:
                    log.exception("the worker failed, and begins anew")
                    await pause(REDIS_AWAY_WAIT_S, until=self._stop)
        finally:
            self._stop.set()
            await finish(sweeping, within_s=DRAIN_S)
            await self._queue.close()
            await close_services(self._services)
            await self._database.close()

    async def _work(self) -> None:
        """Run arq's worker until told to stop, or until Redis goes away."""
        worker = self._arq_worker()
        working = asyncio.create_task(worker.async_run(), name="arq")
        stopping = asyncio.create_task(self._stop.wait())
        try:
            self.is_ready.set()
            await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
            worker.allow_pick_jobs = False
            await self._drain(worker)
        finally:
            stopping.cancel()
            await end([working])  # It begins jobs until then.
            await end(worker.tasks.values())
            with suppress(RedisError, OSError):
                await worker.pool.aclose(close_connection_pool=True)

    async def _drain(self, worker: Worker) -> None:
        """Let running jobs finish; what takes longer is cancelled and done by another worker."""
        running = [task for task in worker.tasks.values() if not task.done()]
        if running:
            await asyncio.wait(running, timeout=DRAIN_S)

    def _arq_worker(self) -> Worker:
        async def outbox(ctx: dict[Any, Any], job_id: str) -> None:
            async with self._leased(ctx, job_id):
                await self._runner.run(UUID(job_id))

        worker = Worker(
            functions=[func(outbox, name=FUNCTION_NAME, timeout=None)],
            cron_jobs=[self._cron(found) for found in self._declared.schedules.values()],
            queue_name=self._queue.name,
            redis_pool=connect(self._redis_url, self._queue.name),
            handle_signals=False,
            max_jobs=AT_ONCE_MAX,
            job_timeout=_NO_LIMIT,  # Each job has its own.
            keep_result=0,
            max_tries=_NO_LIMIT,
            poll_delay=POLL_EVERY_S,
            job_serializer=serialize,
            job_deserializer=deserialize,
            timezone=UTC,
            log_results=False,
        )
        worker.in_progress_timeout_s = self._lease_s
        return worker

    @asynccontextmanager
    async def _leased(self, ctx: Mapping[Any, Any], job_id: str) -> AsyncIterator[None]:
        """Renew the mark that a job is being done for as long as it is."""
        key, lease_ms = in_progress_key_prefix + job_id, int(self._lease_s * 1_000)

        async def renew() -> None:
            while True:
                await asyncio.sleep(self._lease_s / 3)
                with suppress(RedisError, OSError):
                    await ctx["redis"].pexpire(key, lease_ms)

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()

    def _cron(self, schedule: Schedule) -> CronJob:
        async def run(ctx: dict[Any, Any]) -> None:
            async with self._leased(ctx, ctx["job_id"]):
                await self._runner.run_schedule(schedule)

        return scheduled(schedule, run)

    async def _sweep(self) -> None:
        """Bring jobs to the queue that are due and that nobody brought."""
        while not self._stop.is_set():
            await pause(self._sweep_every_s, until=self._stop)
            try:
                if await self._queue.length() < QUEUED_MAX:
                    left = await job_rows.left_behind(self._clock.now(), SWEPT_AT_ONCE_MAX)
                    if left:
                        await self._queue.put([(job_id, 0.0) for job_id in left])
            except (QueueAway, *AWAY) as problem:
                log.warning("left jobs could not be relayed", problem=str(problem))
            except Exception:
                # A bug here must not end the care for all other jobs.
                log.exception("the sweeper of jobs failed")


def scheduled(
    schedule: Schedule, run: Callable[[dict[Any, Any]], Coroutine[Any, Any, None]]
) -> CronJob:
    """Say when a schedule is due, as arq says it; of several workers one takes each time."""
    hours, minutes = divmod(schedule.minutes, MINUTES_AN_HOUR)
    return cron(
        cast("WorkerCoroutine", run),
        name=schedule.name,
        hour=set(range(0, 24, hours)) if hours else None,
        minute=0 if hours else set(range(0, MINUTES_AN_HOUR, minutes)),
        unique=True,
        timeout=schedule.timeout_s + 5.0,
    )
