"""What waits to be committed, and which of the lanes that share it takes it, and when."""

from collections import deque
from collections.abc import Iterator
from typing import Protocol

from actors.ports import Clock
from actors.turn import Turn

BATCH_STEPS_MAX = 512
WORTHWHILE_STEPS = 96
"""So much must wait before a lane begins beside one that is under way. A batch costs as much as
forty commands before the first of them, so two half batches are dearer than one, and later."""
PATIENCE_S = 0.05
"""What has waited so long is taken by whoever is free: the lane under way may be held up."""


class Taker(Protocol):
    """A lane, as the queue sees it."""

    is_busy: bool

    def wake(self) -> None:
        """Look whether there is something to take."""


class CommitQueue:
    """Turns in the order in which they came."""

    def __init__(self, clock: Clock) -> None:
        """Begin empty, with nobody who takes."""
        self._clock = clock
        self._turns: deque[Turn] = deque()
        self._steps = 0
        self._takers: list[Taker] = []
        self._watched: Turn | None = None
        """The first in line when patience was begun; None while nobody's is measured."""
        self._is_overdue = False

    def __len__(self) -> int:
        """Count the turns that wait."""
        return len(self._turns)

    def __iter__(self) -> Iterator[Turn]:
        """List the turns that wait, in order."""
        return iter(self._turns)

    def shared_by(self, taker: Taker) -> None:
        """Have one more lane take from it."""
        self._takers.append(taker)

    def left_by(self, taker: Taker) -> None:
        """Wake a lane no more: it ends."""
        self._takers = [other for other in self._takers if other is not taker]

    def put(self, turn: Turn) -> None:
        """Have a turn wait for the next batch."""
        self._turns.append(turn)
        self._steps += len(turn.steps)
        self._wake_one()

    def is_for(self, taker: Taker) -> bool:
        """Tell whether a lane that is free should take what waits now."""
        if not self._turns:
            return False
        is_alone = not any(other.is_busy for other in self._takers if other is not taker)
        return is_alone or self._steps >= WORTHWHILE_STEPS or self._is_overdue

    def take(self) -> list[Turn]:
        """Take as many turns as one batch may have; at least one."""
        taken: list[Turn] = []
        steps = 0
        while self._turns and steps < BATCH_STEPS_MAX:
            turn = self._turns.popleft()
            steps += len(turn.steps)
            taken.append(turn)
        self._steps -= steps
        self._is_overdue = False
        self._wake_one()
        return taken

    def take_all(self) -> list[Turn]:
        """Take all turns out, for they will not be committed."""
        taken = list(self._turns)
        self._turns.clear()
        self._steps = 0
        self._is_overdue = False
        return taken

    def freed(self) -> None:
        """Hear that a lane is free again; what is too little for it waits with patience."""
        self._wake_one()

    def _wake_one(self) -> None:
        free = next((taker for taker in self._takers if not taker.is_busy), None)
        if free is not None and self.is_for(free):
            free.wake()
        elif free is not None and self._turns and self._watched is None:
            self._watched = self._turns[0]
            self._clock.call_later(PATIENCE_S, self._look)

    def _look(self) -> None:
        watched, self._watched = self._watched, None
        self._is_overdue = bool(self._turns) and self._turns[0] is watched
        self._wake_one()
