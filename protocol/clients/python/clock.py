"""Time as a client sees it; a test hands in its own."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Tell the date and time, in UTC."""
        ...

    def elapsed_s(self) -> float:
        """Tell the seconds since some moment; never goes back."""
        ...

    async def wait(self, event: asyncio.Event, timeout_s: float | None) -> bool:
        """Wait for the event, or until the time is over; tell whether the event came."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Tell the date and time, in UTC."""
        return datetime.now(UTC)

    def elapsed_s(self) -> float:
        """Tell the seconds since some moment; never goes back."""
        return time.monotonic()

    async def wait(self, event: asyncio.Event, timeout_s: float | None) -> bool:
        """Wait for the event, or until the time is over; tell whether the event came."""
        try:
            async with asyncio.timeout(timeout_s):
                return await event.wait()
        except TimeoutError:
            return False
