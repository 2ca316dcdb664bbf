"""Rounds: what came all at once is done a few at a time, in each round of the event loop.

Thousands of connections may end in one round, and those who are still there would wait until all of
that is seen to.
"""

import asyncio
from collections import deque
from collections.abc import Callable

A_ROUND = 8

Turn = Callable[[], None]


class Rounds:
    """What can wait until others had their turn, but not longer."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._waiting: deque[Turn] = deque()
        self._is_due = False

    def __len__(self) -> int:
        """Count what is still to do."""
        return len(self._waiting)

    def add(self, turn: Turn) -> None:
        """Have something done, after what was added before."""
        self._waiting.append(turn)
        self._go_on_later()

    def hurry(self) -> None:
        """Do everything now: nothing can wait any longer."""
        while self._waiting:
            turn = self._waiting.popleft()
            try:
                turn()
            except Exception as problem:  # noqa: BLE001 - said as of any other round
                context = {"message": "a turn failed", "exception": problem}
                asyncio.get_running_loop().call_exception_handler(context)

    def _go_on_later(self) -> None:
        if self._waiting and not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._is_due = False
        try:
            for _ in range(min(A_ROUND, len(self._waiting))):
                self._waiting.popleft()()
        finally:
            # Whatever may be wrong with one of them, the others are not kept.
            self._go_on_later()
