"""Pauses that end early when somebody is told to stop."""

import asyncio
from contextlib import suppress


async def pause(pause_s: float, *, until: asyncio.Event) -> None:
    """Wait so long, or until it is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(pause_s):
            await until.wait()
