"""The one place that polls: a process we did not make ourselves cannot be awaited."""

import asyncio
import time
from collections.abc import Callable

PAUSE_MIN_S = 0.005
PAUSE_MAX_S = 0.1


async def happens(condition: Callable[[], bool], *, within_s: float) -> bool:
    """Return True as soon as `condition` holds, False when it has not `within_s` seconds."""
    ends_at = time.monotonic() + within_s
    pause_s = PAUSE_MIN_S
    while not condition():
        if time.monotonic() >= ends_at:
            return False
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, PAUSE_MAX_S)
    return True
