"""Waiting for what happens by itself, without sleeping for a fixed time."""

import asyncio
from collections.abc import Awaitable, Callable

WITHIN_S = 10.0
_POLL_S = 0.005


async def until(
    happened: Callable[[], bool | Awaitable[bool]], *, within_s: float = WITHIN_S
) -> None:
    """Wait until something has happened. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while True:
            found = happened()
            if not isinstance(found, bool):
                found = await found
            if found:
                return
            await asyncio.sleep(_POLL_S)
