"""A worker as a process of its own, with the sample jobs: `python -m tests.jobs.worker_process`."""

import asyncio
import os
import signal

from backend.clock import SystemClock
from backend.jobs.worker import JobWorker
from backend.persistence.database import Database
from backend.persistence.jobs import Declared
from tests.jobs import sample_jobs


async def work() -> None:
    """Work until told to stop."""
    worker = JobWorker(
        Database(os.environ["DATABASE_URL"]),
        os.environ["REDIS_URL"],
        Declared.of([sample_jobs]),
        clock=SystemClock(),
        services={},
        lease_s=1.0,
        sweep_every_s=0.1,
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    await worker.run()


if __name__ == "__main__":
    asyncio.run(work())
