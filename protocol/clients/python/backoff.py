"""How long to wait before trying again, and how fast to go on."""

from collections.abc import Callable

FIRST_S = 0.1
LONGEST_S = 20.0
_DOUBLINGS_MAX = 16
"""Enough to reach the longest wait; more would only make the power of two large."""


def backoff_s(tries: int, random: Callable[[], float]) -> float:
    """Draw a wait below 0.1 s · 2^tries, at most 20 s.

    All of it is jitter: of a thousand clients that were cut at once no two come back together.
    """
    return random() * min(LONGEST_S, FIRST_S * 2.0 ** min(tries, _DOUBLINGS_MAX))


_ROUNDING = 1e-6
"""So that a wait computed to bring exactly one call is not found a hair too short."""


class Pace:
    """A bucket of calls: so many at once, so many a second.

    The server refuses what comes faster. Keeping the same pace here means that a long queue sent
    after a night offline is not refused at all.
    """

    def __init__(self, per_s: float, burst: float, now_s: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = burst
        self._at_s = now_s

    def take(self, now_s: float) -> bool:
        """Take one call out, if there is one."""
        if now_s > self._at_s:
            self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s)
            self._at_s = now_s
        if self._left < 1 - _ROUNDING:
            return False
        self._left -= 1
        return True

    def empty(self, now_s: float) -> None:
        """Begin from nothing: the server has said that it was too much."""
        self._left = 0.0
        self._at_s = now_s

    def next_s(self) -> float:
        """Tell when there will be one, after `take` found none."""
        return self._at_s + (1 - self._left) / self._per_s
