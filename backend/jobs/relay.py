"""The relay: brings committed jobs to the workers at once; what it cannot, the sweeper does."""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from actors.ports import Clock
from backend import lasting
from backend.ending import finish
from backend.jobs.queue import QUEUED_MAX, JobQueue, QueueAway
from backend.persistence.outbox import OutboxJob

log = structlog.get_logger()

WAITING_MAX = 10_000
AT_ONCE_MAX = 500
STOP_WITHIN_S = 5.0
NEAR = timedelta(seconds=60)
"""What is due later waits in its table, not in Redis."""


class JobRelay:
    """Takes jobs from the commit without ever holding it up."""

    def __init__(self, queue: JobQueue, clock: Clock) -> None:
        """Bring jobs to this queue."""
        self._queue = queue
        self._clock = clock
        self._waiting: deque[tuple[UUID, float]] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_away = False
        self._is_stopping = False
        self.relayed = 0
        self.left = 0
        """How many were left to the sweeper."""

    def start(self) -> None:
        """Begin to bring jobs."""
        self._task = lasting.begin(self._run, "job relay")

    async def stop(self) -> None:
        """Bring what waits, if that works at once; then stop."""
        self._is_stopping = True
        self._wake.set()
        if self._task is not None:
            await finish(self._task, within_s=STOP_WITHIN_S)
        await self._queue.close()

    def put(self, jobs: Sequence[OutboxJob]) -> None:
        """Take over jobs that are committed; never waits."""
        now = self._clock.now()
        for job in jobs:
            if job.due_at - now > NEAR or len(self._waiting) >= WAITING_MAX:
                self.left += 1
            else:
                self._waiting.append((job.id, (job.due_at - now).total_seconds()))
        self._wake.set()

    async def _run(self) -> None:
        while not self._is_stopping:
            await self._wake.wait()
            self._wake.clear()
            await self._bring_all()

    async def _bring_all(self) -> None:
        while self._waiting:
            count = min(len(self._waiting), AT_ONCE_MAX)
            batch = [self._waiting.popleft() for _ in range(count)]
            try:
                queued = await self._queue.put(batch)
            except QueueAway as problem:
                self._leave(len(batch), str(problem))
            else:
                self._is_away = False
                self.relayed += len(batch)
                if queued > QUEUED_MAX:
                    self._leave(0, "the queue is full")

    def _leave(self, count: int, why: str) -> None:
        """Leave these and all that wait to the sweeper, and say so once."""
        self.left += count + len(self._waiting)
        self._waiting.clear()
        if not self._is_away:
            log.warning("jobs wait in their table", why=why)
        self._is_away = True
