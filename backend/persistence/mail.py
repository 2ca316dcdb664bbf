"""Mail: letters between actors, on the short way from their commit to their receivers.

They linger a moment, so that a receiver hears in one turn what several commits told it; and what
can wait is brought to one receiver about once in a second at most. What is lost here by a crash is
still in the table of tells.
"""

import random
from collections.abc import Callable

import structlog

from actors.letter import TellLetter
from actors.ports import Clock
from backend.persistence.tells import Sent
from protocol.address import Address

log = structlog.get_logger()

LINGER_S = 0.1
"""Nobody waits for a tell: the sender is answered, the shared topic has been told. Without this
every single command costs a second commit, for the balance and the unread count it moved."""
REST_S = (0.75, 1.25)
"""How long, between these two, a receiver rests from tells that can wait: who is told fifty times
in a second hears it in one turn. Not the same for all, or all would come at once, and hundreds of
turns together would hold up the commands that people do wait for."""
LETTERS_MAX = 100
"""So many are brought at once, rested or not."""
TICK_S = 0.025
"""Letters are brought at these intervals; oftener would be a commit for a handful of them."""

Post = Callable[[Address, TellLetter], None]


class _Waiting:
    """What waits for one receiver, and for which tick."""

    __slots__ = ("letters", "tick")

    def __init__(self, tick: int) -> None:
        self.letters: list[TellLetter] = []
        self.tick = tick


class Mail:
    """Letters that wait a moment to be posted; a receiver's stay in the order of their commits."""

    def __init__(self, post: Post, clock: Clock) -> None:
        """Post letters with this, by this clock."""
        self._post = post
        self._clock = clock
        self._waiting: dict[Address, _Waiting] = {}
        self._due: dict[int, list[Address]] = {}
        """Whom to look at at a tick: something may have been brought to them before."""
        self._resting: dict[Address, float] = {}
        """Until when those rest who were brought something lately; in that order, nearly."""
        self._tick = 0
        """The next at which something may be due."""

    def put(self, sent: Sent) -> None:
        """Take the letters of one commit."""
        if not sent:
            return
        now = self._clock.monotonic()
        if not self._due:
            self._tick = int(now / TICK_S)
            self._clock.call_later(TICK_S, self._deliver)
        for receiver, letter in sent:
            self._put(receiver, letter, now)

    def bring_all(self) -> None:
        """Bring at once whatever waits: the node is about to stop."""
        now = self._clock.monotonic()
        for receiver in list(self._waiting):
            self._bring(receiver, now)

    def _put(self, receiver: Address, letter: TellLetter, now: float) -> None:
        due = now + LINGER_S
        if all(tell.can_wait for tell in letter.tells):
            due = max(due, self._resting.get(receiver, 0.0))
        tick = int(due / TICK_S)
        waiting = self._waiting.get(receiver)
        if waiting is None or tick < waiting.tick:
            waiting = self._waiting.setdefault(receiver, _Waiting(tick))
            waiting.tick = tick
            self._due.setdefault(tick, []).append(receiver)
        waiting.letters.append(letter)
        if len(waiting.letters) >= LETTERS_MAX:
            self._bring(receiver, now)

    def _deliver(self) -> None:
        now = self._clock.monotonic()
        reached = int(now / TICK_S)
        for tick in range(self._tick, reached + 1):
            for receiver in self._due.pop(tick, ()):
                waiting = self._waiting.get(receiver)
                if waiting is not None and waiting.tick <= tick:
                    self._bring(receiver, now)
        self._tick = reached + 1
        while self._resting and next(iter(self._resting.values())) <= now:
            del self._resting[next(iter(self._resting))]
        if self._due:
            self._clock.call_later(TICK_S, self._deliver)

    def _bring(self, receiver: Address, now: float) -> None:
        letters = self._waiting.pop(receiver).letters
        self._resting.pop(receiver, None)
        self._resting[receiver] = now + random.uniform(*REST_S)  # noqa: S311 - only to spread
        for letter in letters:
            try:
                self._post(receiver, letter)
            except Exception:
                # The sweeper brings it again; the letters of others must not wait for that.
                log.exception("a letter could not be posted", receiver=receiver)
