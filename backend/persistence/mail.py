"""Mail: letters between actors, on the short way from their commit to their receivers.

They linger a moment, so that a receiver hears in one turn what several commits told it; and what
can wait is brought to one receiver once in a second at most. What is lost here by a crash is still
in the table of tells.
"""

import random
from collections.abc import Callable

from actors.letter import TellLetter
from actors.ports import Clock
from backend.persistence.tells import Sent
from protocol.address import Address

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


class Mail:
    """Letters that wait a moment to be posted; a receiver's stay in the order of their commits."""

    def __init__(self, post: Post, clock: Clock) -> None:
        """Post letters with this, by this clock."""
        self._post = post
        self._clock = clock
        self._waiting: dict[Address, list[TellLetter]] = {}
        self._due: dict[int, list[Address]] = {}
        """Whom to bring something at a tick; who has been brought it before is passed over."""
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
            letters = self._waiting.setdefault(receiver, [])
            letters.append(letter)
            can_wait = all(tell.can_wait for tell in letter.tells)
            if len(letters) == 1 or not can_wait:
                rested = self._resting.get(receiver, 0.0) if can_wait else 0.0
                self._bring_at(max(now + LINGER_S, rested), receiver)
            elif len(letters) >= LETTERS_MAX:
                self._bring(receiver, now)

    def _bring_at(self, moment: float, receiver: Address) -> None:
        self._due.setdefault(int(moment / TICK_S), []).append(receiver)

    def _deliver(self) -> None:
        now = self._clock.monotonic()
        reached = int(now / TICK_S)
        for tick in range(self._tick, reached + 1):
            for receiver in self._due.pop(tick, ()):
                self._bring(receiver, now)
        self._tick = reached + 1
        while self._resting and next(iter(self._resting.values())) <= now:
            del self._resting[next(iter(self._resting))]
        if self._due:
            self._clock.call_later(TICK_S, self._deliver)

    def _bring(self, receiver: Address, now: float) -> None:
        letters = self._waiting.pop(receiver, ())
        if letters:
            self._resting.pop(receiver, None)
            self._resting[receiver] = now + random.uniform(*REST_S)  # noqa: S311 - only to spread
        for letter in letters:
            self._post(receiver, letter)
