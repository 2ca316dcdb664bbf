"""A line: so many a second have their turn; in a rush the others wait for theirs.

Letting a socket in costs as much as many commands, and so does letting go of one. When thousands
are cut off and come back at once, those who are still there would wait for all of them; spread over
some seconds nobody notices.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend import collecting
from backend.gateway.bucket import Bucket

TOGETHER_EVERY_S = 0.03
"""Some have their turn together, so that what they all ask the database is asked once."""

LONG_S = 10.0

ENTERED_BETWEEN_SEARCHES = 100
"""A thousand objects: of thousands who come at once the search would take tens of milliseconds."""

Turn = Callable[[], None]
IsGone = Callable[[], bool]


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Somebody in a line."""

    turn: Turn
    send_away: Turn
    is_gone: IsGone


class Line:
    """Those who wait for their turn."""

    def __init__(
        self,
        per_s: float,
        burst_max: float,
        *,
        waiting_max: int,
        per_s_max: float | None = None,
        gives_way_to: Sequence["Line"] = (),
    ) -> None:
        """Have the turn of so many at once, and of so many a second in the long run.

        With `per_s_max` it moves faster, up to that, until it is empty, when it would take longer
        than `LONG_S` otherwise. However few may go at once, those of two looks at the line may:
        else it would move slower than it is said to.

        While anybody waits in a line that it `gives_way_to` it stands still, for `LONG_S` at most.
        """
        self._per_s = per_s
        self._per_s_max = per_s_max or per_s
        at_once_max = max(burst_max, self._per_s_max * 2 * TOGETHER_EVERY_S)
        self._bucket = Bucket(per_s, at_once_max, 0.0)
        self._waiting_max = waiting_max
        self._waiting: deque[_Waiting] = deque()
        self._is_due = False
        self._wanted_per_s = 0.0
        self._gives_way_to = gives_way_to
        self._gives_way_until: float | None = None
        """None while nobody waits."""

    def __len__(self) -> int:
        """Count those who wait."""
        return len(self._waiting)

    def enter(self, turn: Turn, send_away: Turn, is_gone: IsGone = _never) -> None:
        """Have somebody's turn, now or later, or send them away when too many wait.

        Who `is_gone` when the turn comes is sent away too, and takes nobody's place.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting and not any(self._gives_way_to) and self._bucket.take(loop.time()):
            turn()
        elif len(self._waiting) >= self._waiting_max:
            send_away()
        else:
            self._waiting.append(_Waiting(turn, send_away, is_gone))
            if len(self._waiting) % ENTERED_BETWEEN_SEARCHES == 0:
                collecting.grown()
            self._look_later(loop)

    def hurry(self) -> None:
        """Have everybody's turn as soon as can be: nobody can wait any longer."""
        loop = asyncio.get_running_loop()
        for waiting in self._take_all():
            loop.call_soon(waiting.turn)

    def send_all_away(self) -> None:
        """Send everybody away: nobody will have a turn here."""
        loop = asyncio.get_running_loop()
        for waiting in self._take_all():
            loop.call_soon(waiting.send_away)

    def _take_all(self) -> deque[_Waiting]:
        waiting, self._waiting = self._waiting, deque()
        return waiting

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting and not self._is_due:
            self._is_due = True
            loop.call_later(TOGETHER_EVERY_S, self._have_turns)

    def _have_turns(self) -> None:
        loop = asyncio.get_running_loop()
        self._is_due = False
        if self._waiting and self._gives_way(loop.time()):
            self._look_later(loop)
            return
        self._wanted_per_s = max(self._wanted_per_s, len(self._waiting) / LONG_S)
        self._bucket.rate_per_s = min(max(self._per_s, self._wanted_per_s), self._per_s_max)
        try:
            self._move_on(loop)
        finally:
            # Whatever may be wrong with one of them, the others are not kept.
            if not self._waiting:
                self._wanted_per_s = 0.0
                self._gives_way_until = None
            self._look_later(loop)

    def _move_on(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            first = self._waiting.popleft()
            if first.is_gone():
                loop.call_soon(first.send_away)
            elif self._bucket.take(loop.time()):
                # Each in a round of its own: what others wait for comes between them.
                loop.call_soon(first.turn)
            else:
                self._waiting.appendleft(first)
                break

    def _gives_way(self, now: float) -> bool:
        if self._gives_way_until is None:
            self._gives_way_until = now + LONG_S
        return any(self._gives_way_to) and now < self._gives_way_until
