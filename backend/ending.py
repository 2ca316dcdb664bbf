"""Ending tasks for certain, however they take a cancellation; and how long a node's end may take.

redis-py and asyncpg may make an error of their own of a cancellation that meets them while they
connect; the task then goes on. So it is said again, and not for ever.
"""

import asyncio
from collections.abc import Collection
from typing import Any

import structlog

log = structlog.get_logger()

LEAVE_WITHIN_S = 10.0
"""So long a node that ends tries to hand its actors over."""
GRACEFUL_WITHIN_S = 10
"""So long it waits for the requests that are under way; a whole number, as uvicorn wants it."""
LAST_WITHIN_S = 10.0
"""So long it may take to commit what waits, and to let go of everything."""
TRIES_MAX = 10
EACH_S = 1.0


def node_ends_within_s(drain_s: float) -> float:
    """Say how long a node's end may take when each thing comes as late as it may."""
    return LEAVE_WITHIN_S + drain_s + GRACEFUL_WITHIN_S + LAST_WITHIN_S


async def finish(task: "asyncio.Task[Any]", *, within_s: float) -> None:
    """Wait for a task that was asked to end, and cancel it where it does not.

    Asked first, for a statement that is cancelled half-way costs a connection, and redis-py may
    make an error of its own of a cancellation.
    """
    await asyncio.wait([task], timeout=within_s)
    task.cancel()


async def end(tasks: Collection["asyncio.Task[Any]"]) -> None:
    """Cancel tasks until they have ended; how they ended is nobody's concern any more."""
    going = list(tasks)
    for _ in range(TRIES_MAX):
        if not going:
            return
        for task in going:
            task.cancel()
        ended, _ = await asyncio.wait(going, timeout=EACH_S)
        for task in ended:
            # Looked at, or asyncio complains of an error that nobody saw.
            task.cancelled() or task.exception()
        going = [task for task in going if task not in ended]
    log.warning("tasks did not end", tasks=[task.get_name() for task in going])
