"""The clock of the real world."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from actors.ports import Handle


class SystemClock:
    """Time as the machine tells it."""

    def now(self) -> datetime:
        """Read the time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Read seconds that never go back."""
        return monotonic()

    def call_later(self, delay_s: float, call: Callable[[], None]) -> Handle:
        """Call after a while."""
        return asyncio.get_running_loop().call_later(delay_s, call)

    async def sleep(self, delay_s: float) -> None:
        """Wait a while."""
        await asyncio.sleep(delay_s)
