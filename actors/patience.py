"""Patience: how long those who asked still wait; one timer for all of them.

A timer of the loop for each ask would cost a quarter of the ask; here it is one entry in a dict.
"""

import asyncio

from actors.outcome import Outcome
from protocol.common import TimedOut

CHECK_EVERY_S = 0.25
"""So much later than its time-out somebody may give up."""


class Patience:
    """Everybody who waits for an outcome, and until when."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._waiting: dict[asyncio.Future[Outcome], tuple[float, float]] = {}
        """Until when, and how long that was; in seconds."""
        self._is_checking = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self, timeout_s: float) -> asyncio.Future[Outcome]:
        """Begin to wait; past the time-out the outcome is `timed_out`."""
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()
        if not self._is_checking:
            self._is_checking = True
            loop.call_later(CHECK_EVERY_S, self._check)
        future: asyncio.Future[Outcome] = loop.create_future()
        self._waiting[future] = (loop.time() + timeout_s, timeout_s)
        return future

    def end(self, future: asyncio.Future[Outcome]) -> None:
        """Forget somebody who waits no more."""
        self._waiting.pop(future, None)

    def _check(self) -> None:
        assert self._loop is not None  # noqa: S101 - it runs in it
        now = self._loop.time()
        for future, (until, timeout_s) in list(self._waiting.items()):
            if until <= now and not future.done():
                future.set_result(Outcome.of(TimedOut(waited_ms=int(timeout_s * 1000))))
        self._is_checking = bool(self._waiting)
        if self._is_checking:
            self._loop.call_later(CHECK_EVERY_S, self._check)
