"""A worker as a process of its own that looks at the minutes it is told.

`python -m tests.domains.challenges.worker_process`: each line it reads is a moment, at which it
lets time pass for challenges and reminds people, then says so. With DIES_BEFORE it kills itself
before its so manieth statement, as nothing can be cleaned up after.
"""

import asyncio
import itertools
import os
import signal
import sys
from datetime import datetime
from typing import Any

from backend.domains.challenges import jobs as challenges
from backend.domains.reminders import jobs as reminders
from backend.persistence.database import Database
from backend.persistence.job_run import JobRun
from backend.persistence.pooled import PooledConnection
from tests.support.clock import FakeClock


def make_mortal(nth: int) -> None:
    """Have this process be killed before its so manieth statement."""
    statements = itertools.count(1)
    for name in ("fetch", "execute"):
        do = getattr(PooledConnection, name)

        async def maybe(self: Any, *said: Any, do: Any = do, **more: Any) -> Any:
            if next(statements) == nth:
                os.kill(os.getpid(), signal.SIGKILL)
            return await do(self, *said, **more)

        setattr(PooledConnection, name, maybe)


async def look(now: datetime) -> None:
    """Look once, as a worker does each minute."""
    for job in (challenges.let_time_pass, reminders.remind):
        await job(JobRun(None, clock=FakeClock(now), services={}))


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def work() -> None:
    """Look at each minute that is named, until there are no more."""
    database = await Database(os.environ["DATABASE_URL"]).open()
    if nth := os.environ.get("DIES_BEFORE"):
        make_mortal(int(nth))
    _say("ready")
    while line := await asyncio.to_thread(sys.stdin.readline):
        await look(datetime.fromisoformat(line.strip()))
        _say("looked")
    await database.close()


if __name__ == "__main__":
    asyncio.run(work())
