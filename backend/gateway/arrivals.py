"""Arrivals: so many sockets a second are let in; in a rush the others wait for their turn.

Letting one in costs as much as many commands. When thousands come back at once, those who are there
already would wait for all of them; spread over some seconds nobody notices.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from backend.gateway.bucket import Bucket

WAITING_MAX = 20_000

LetIn = Callable[[], None]


class Arrivals:
    """The line before the door."""

    def __init__(self, per_s_max: float, burst_max: float) -> None:
        """Let in so many at once, and so many a second in the long run."""
        self._bucket = Bucket(per_s_max, burst_max, 0.0)
        self._waiting: deque[LetIn] = deque()
        self._is_due = False

    def __len__(self) -> int:
        """Count those who wait."""
        return len(self._waiting)

    def enter(self, let_in: LetIn) -> bool:
        """Let somebody in, now or in turn; False when too many wait."""
        loop = asyncio.get_running_loop()
        if not self._waiting and self._bucket.take(loop.time()):
            let_in()
            return True
        if len(self._waiting) >= WAITING_MAX:
            return False
        self._waiting.append(let_in)
        self._look_later(loop)
        return True

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting and not self._is_due:
            self._is_due = True
            loop.call_later(self._bucket.wait_ms() / 1000, self._let_in_next)

    def _let_in_next(self) -> None:
        loop = asyncio.get_running_loop()
        self._is_due = False
        while self._waiting and self._bucket.take(loop.time()):
            # Each in a round of its own: what others wait for comes between them.
            loop.call_soon(self._waiting.popleft())
        self._look_later(loop)
