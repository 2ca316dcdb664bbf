"""The planner: has jobs done that no turn wants, because what causes them happens in memory alone.

They are written down by themselves, many at once, and lost if the process is killed before that.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import islice

import structlog

from actors.ports import Clock
from backend.ending import finish
from backend.pausing import pause
from backend.persistence import outbox
from backend.persistence.answering import AWAY
from backend.persistence.outbox import OutboxJob
from backend.persistence.work import PlannedJob

log = structlog.get_logger()

WAITING_MAX = 50_000
AT_ONCE_MAX = 500
AWAY_WAIT_S = 2.0
STOP_WITHIN_S = 5.0


class JobPlanner:
    """Takes jobs without ever holding anybody up."""

    def __init__(self, clock: Clock, relay: Callable[[list[OutboxJob]], None]) -> None:
        """Hand jobs to `relay` once they are written down."""
        self._clock = clock
        self._relay = relay
        self._waiting: deque[PlannedJob] = deque()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many jobs are not written down yet."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="job planner")

    async def stop(self) -> None:
        """Write down what waits, if that works at once; then stop."""
        self._stopping.set()
        self._wake.set()
        if self._task is not None:
            await finish(self._task, within_s=STOP_WITHIN_S)

    def plan(self, job: PlannedJob) -> None:
        """Take a job over; never waits."""
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append(job)
            self._wake.set()
        else:
            log.warning("a job could not be kept", job=job.name, waiting=WAITING_MAX)

    async def _run(self) -> None:
        is_last = False
        while not is_last:
            await self._wake.wait()
            self._wake.clear()
            is_last = self._stopping.is_set()
            while not await self._write() and not self._stopping.is_set():
                await pause(AWAY_WAIT_S, until=self._stopping)

    async def _write(self) -> bool:
        """Write down all that waits; False when the database does not take it now."""
        while self._waiting:
            batch = list(islice(self._waiting, AT_ONCE_MAX))
            try:
                written = await outbox.write_down(batch, self._clock.now())
            except AWAY as problem:
                # It may be so that they were written: then they are done twice, which jobs bear.
                log.warning("jobs could not be written down", problem=str(problem))
                return False
            except Exception:
                # A bug; those behind them must not wait for ever.
                log.exception("the planner of jobs failed")
                written = []
            for _ in batch:
                self._waiting.popleft()
            self._relay(written)
        return True
