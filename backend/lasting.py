"""Lasting tasks: they do their work for as long as the process serves, whatever goes wrong in it.

asyncio says nothing of a task that has failed until nobody holds it any more. A node that had
ceased to listen like that would live on, and be of no use.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

log = structlog.get_logger()

AGAIN_AFTER_S = 1.0

Work = Callable[[], Coroutine[Any, Any, None]]


def begin(work: Work, name: str) -> "asyncio.Task[None]":
    """Have something done until it is cancelled or returns; where it fails it begins anew."""
    return asyncio.create_task(_go_on(work, name), name=name)


async def _go_on(work: Work, name: str) -> None:
    while True:
        try:
            await work()
        except Exception:
            log.exception("a task failed and begins anew", task=name)
            await asyncio.sleep(AGAIN_AFTER_S)
        else:
            return
