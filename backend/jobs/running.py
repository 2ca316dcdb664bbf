"""Running a job: its row is begun, its function called, its row ended; and what goes wrong."""

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog
from arq.worker import Retry

from actors.ports import Clock
from backend.jobs.queue import JobQueue, QueueAway
from backend.persistence import job_rows
from backend.persistence.answering import AWAY
from backend.persistence.backing_off import TRIES_MAX, wait_after
from backend.persistence.job_rows import BegunJob
from backend.persistence.job_run import DoneBefore, JobRun
from backend.persistence.jobs import Declared, Job, Schedule, TryLater

log = structlog.get_logger()

DATABASE_AWAY_WAIT_S = 5.0
LATER_MAX_S = 3_600.0


class Unreadable(Exception):
    """The arguments of a job are not what it takes; trying again cannot help."""


class Runner:
    """Runs jobs and schedules, one call each."""

    def __init__(
        self, declared: Declared, queue: JobQueue, clock: Clock, services: Mapping[type, Any]
    ) -> None:
        """Know the jobs, and what they may use."""
        self._declared = declared
        self._queue = queue
        self._clock = clock
        self._services = services

    async def run(self, job_id: UUID) -> None:
        """Run the job of a row. Raises arq's Retry when it is to be tried again."""
        try:
            begun = await job_rows.begin(job_id)
        except AWAY as problem:
            log.warning("the database is away", problem=str(problem))
            raise Retry(defer=DATABASE_AWAY_WAIT_S) from None
        if begun is None:
            return
        with structlog.contextvars.bound_contextvars(
            job=begun.name,
            job_id=str(job_id),
            correlation_id=begun.correlation_id,
            tries=begun.tries,
        ):
            job = self._declared.jobs.get(begun.name)
            started = time.monotonic()
            try:
                await self._do(job_id, begun, job)
            except Exception as problem:  # noqa: BLE001 - a job may fail in any way
                await self._failed(job_id, begun, job, problem)
            else:
                log.info("a job is done", took_ms=int((time.monotonic() - started) * 1_000))

    async def _do(self, job_id: UUID, begun: BegunJob, job: Job | None) -> None:
        if job is None:
            # A newer version may have planned it; this one leaves it to that.
            raise TryLater(f"no job is named {begun.name} here")
        run = JobRun(
            job_id,
            clock=self._clock,
            tries=begun.tries,
            correlation_id=begun.correlation_id,
            services=self._services,
        )
        try:
            arguments = job.decode(begun.arguments)
        except msgspec.MsgspecError as problem:
            raise Unreadable(str(problem)) from problem
        try:
            async with asyncio.timeout(job.timeout_s):
                await job.function(arguments, run)
                await run.finish()
        except DoneBefore:
            return
        await self._relay(run)

    async def _relay(self, run: JobRun) -> None:
        if run.planned:
            now = self._clock.now()
            try:
                await self._queue.put(
                    [(job.id, (job.due_at - now).total_seconds()) for job in run.planned]
                )
            except QueueAway:
                log.warning("jobs wait in their table", why="the queue is away")

    async def _failed(
        self, job_id: UUID, begun: BegunJob, job: Job | None, problem: Exception
    ) -> None:
        """Have a job tried again, or give it up."""
        reason = _reason(problem)
        if isinstance(problem, TryLater):
            log.warning("a job is put off", why=reason)
        else:
            log.error("a job failed", why=reason, exc_info=problem)
        is_last = begun.tries >= (job.tries_max if job else TRIES_MAX)
        try:
            if is_last or isinstance(problem, Unreadable):
                await job_rows.give_up(job_id, reason, self._clock.now())
                log.error("a job was given up", why=reason)
                return
            wait_s = max(wait_after(begun.tries), getattr(problem, "after_s", 0.0))
            wait_s = min(wait_s, LATER_MAX_S)
            await job_rows.put_off(job_id, self._clock.now() + timedelta(seconds=wait_s))
        except AWAY:
            wait_s = DATABASE_AWAY_WAIT_S
        raise Retry(defer=wait_s)

    async def run_schedule(self, schedule: Schedule) -> None:
        """Run a schedule once; when it fails, its next time comes soon enough."""
        with structlog.contextvars.bound_contextvars(job=schedule.name):
            run = JobRun(None, clock=self._clock, services=self._services)
            try:
                async with asyncio.timeout(schedule.timeout_s):
                    await schedule.function(run)
                    await run.finish()
                await self._relay(run)
            except Exception as problem:
                log.exception("a schedule failed", why=_reason(problem))


def _reason(problem: Exception) -> str:
    """Say what happened, without what the job was about: that may be private."""
    if isinstance(problem, TryLater | Unreadable):
        return str(problem)
    if isinstance(problem, TimeoutError):
        return "it took too long"
    return type(problem).__name__
