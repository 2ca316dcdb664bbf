"""Event-loop lag: by how much later than asked the event loop comes round."""

import asyncio

from backend.observability.histogram import Histogram

LOOK_EVERY_S = 0.25


async def watch_lag(lag_us: Histogram) -> None:
    """Sleep again and again, and count by how much too long each sleep was; never returns.

    By the loop's own time: no other clock can tell.
    """
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LOOK_EVERY_S
        await asyncio.sleep(LOOK_EVERY_S)
        lag_us.add(max(0, int((loop.time() - due) * 1_000_000)))
