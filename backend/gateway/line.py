"""A line: so many a second have their turn; in a rush the others wait for theirs.

Letting a socket in costs as much as many commands, and so does letting go of one. When thousands
are cut off and come back at once, those who are still there would wait for all of them; spread over
some seconds nobody notices.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from backend.gateway.bucket import Bucket

WAITING_MAX = 50_000

Turn = Callable[[], None]


class Line:
    """Those who wait for their turn."""

    def __init__(self, per_s_max: float, burst_max: float) -> None:
        """Have the turn of so many at once, and of so many a second in the long run."""
        self._bucket = Bucket(per_s_max, burst_max, 0.0)
        self._waiting: deque[Turn] = deque()
        self._is_due = False

    def enter(self, turn: Turn) -> bool:
        """Have somebody's turn, now or later; False when too many wait."""
        loop = asyncio.get_running_loop()
        if not self._waiting and self._bucket.take(loop.time()):
            turn()
            return True
        if len(self._waiting) >= WAITING_MAX:
            return False
        self._waiting.append(turn)
        self._look_later(loop)
        return True

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting and not self._is_due:
            self._is_due = True
            loop.call_later(self._bucket.wait_ms() / 1000, self._have_turns)

    def _have_turns(self) -> None:
        loop = asyncio.get_running_loop()
        self._is_due = False
        while self._waiting and self._bucket.take(loop.time()):
            # Each in a round of its own: what others wait for comes between them.
            loop.call_soon(self._waiting.popleft())
        self._look_later(loop)
