"""A worker that pushes, as a process of its own: `python -m …notifications.worker_process`.

Its clock stands where that of the tests begins, so that what they tell is news to it.
"""

import asyncio
import os

from backend import rooms
from backend.integrations.vapid import WebPushSettings
from backend.integrations.web_push import WebPush
from backend.jobs.worker import JobWorker
from backend.persistence.database import Database
from backend.persistence.jobs import Declared
from tests.support.clock import FakeClock


async def work() -> None:
    """Work until killed."""
    web_push = WebPush(
        WebPushSettings(
            private_key=os.environ["TANDEM_VAPID_PRIVATE_KEY"],
            contact="mailto:push@example.org",
            allows_loopback=True,
        )
    )
    worker = JobWorker(
        Database(os.environ["DATABASE_URL"]),
        os.environ["REDIS_URL"],
        Declared.of(rooms.modules("jobs")),
        clock=FakeClock(),
        services={WebPush: web_push},
        lease_s=1.0,
        sweep_every_s=0.1,
    )
    await worker.run()


if __name__ == "__main__":
    asyncio.run(work())
