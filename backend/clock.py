"""The clock of the real world."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from actors.ports import Handle

# A machine that is suspended and woken has lost its lease meanwhile, and must know: on Linux only
# this clock goes on while it sleeps.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """Time as the machine tells it."""

    def now(self) -> datetime:
        """Read the time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Read seconds that never go back, those included in which the machine slept."""
        return time.clock_gettime(_CLOCK)

    def call_later(self, delay_s: float, call: Callable[[], None]) -> Handle:
        """Call after a while."""
        return asyncio.get_running_loop().call_later(delay_s, call)

    async def sleep(self, delay_s: float) -> None:
        """Wait a while."""
        await asyncio.sleep(delay_s)
