"""A line: so many a second have their turn; in a rush the others wait for theirs.

Letting a socket in costs as much as many commands, and so does letting go of one. When thousands
are cut off and come back at once, those who are still there would wait for all of them; spread over
some seconds nobody notices.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from backend.gateway.bucket import Bucket

TOGETHER_EVERY_S = 0.03
"""Some have their turn together, so that what they all ask the database is asked once."""

Turn = Callable[[], None]
IsGone = Callable[[], bool]


def _never() -> bool:
    return False


class Line:
    """Those who wait for their turn."""

    def __init__(self, per_s_max: float, burst_max: float, *, waiting_max: int) -> None:
        """Have the turn of so many at once, and of so many a second in the long run."""
        self._bucket = Bucket(per_s_max, burst_max, 0.0)
        self._waiting_max = waiting_max
        self._waiting: deque[tuple[Turn, IsGone]] = deque()
        self._is_due = False

    def __len__(self) -> int:
        """Count those who wait."""
        return len(self._waiting)

    def enter(self, turn: Turn, is_gone: IsGone = _never) -> bool:
        """Have somebody's turn, now or later; False when too many wait.

        Who `is_gone` by then is passed over.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting and self._bucket.take(loop.time()):
            turn()
            return True
        if len(self._waiting) >= self._waiting_max:
            return False
        self._waiting.append((turn, is_gone))
        self._look_later(loop)
        return True

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting and not self._is_due:
            self._is_due = True
            loop.call_later(TOGETHER_EVERY_S, self._have_turns)

    def _have_turns(self) -> None:
        loop = asyncio.get_running_loop()
        self._is_due = False
        while self._waiting:
            turn, is_gone = self._waiting[0]
            if not is_gone():
                if not self._bucket.take(loop.time()):
                    break
                # Each in a round of its own: what others wait for comes between them.
                loop.call_soon(turn)
            self._waiting.popleft()
        self._look_later(loop)
