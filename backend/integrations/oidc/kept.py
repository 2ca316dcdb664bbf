"""Kept: what was read from elsewhere, shared by all who ask, and read again in time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, NamedTuple, TypeVar

from actors.ports import Clock

PAUSE_S = 10.0
"""Nothing is read more often than this, whoever asks and whatever came of it."""

Value = TypeVar("Value")


class _Reading(NamedTuple, Generic[Value]):
    """One time that it was read."""

    task: asyncio.Task[Value]
    begun_s: float


class Kept(Generic[Value]):
    """A value that lives for a while after it was read."""

    def __init__(
        self, read: Callable[[], Coroutine[Any, Any, Value]], clock: Clock, *, life_s: float
    ) -> None:
        """Keep what `read` gives; it is not read before somebody asks."""
        self._read = read
        self._clock = clock
        self._life_s = life_s
        self._last: _Reading[Value] | None = None
        self._good: _Reading[Value] | None = None

    async def get(self) -> Value:
        """Give the value, read anew when its life is over. Raises what reading it raises."""
        if self._good is not None and self._age_s(self._good) < self._life_s:
            return self._good.task.result()
        return await self.renewed()

    async def renewed(self) -> Value:
        """Give the value as it is now, or was a moment ago. Raises what reading it raises."""
        reading = self._last
        if reading is None or (reading.task.done() and self._age_s(reading) >= PAUSE_S):
            reading = self._begin()
        # Who goes away while it is read does not take it from the others.
        return await asyncio.shield(reading.task)

    async def close(self) -> None:
        """End what is being read."""
        if self._last is not None:
            self._last.task.cancel()
            await asyncio.wait([self._last.task])

    def _begin(self) -> _Reading[Value]:
        reading = _Reading(asyncio.create_task(self._read()), self._clock.monotonic())
        reading.task.add_done_callback(lambda _: self._end(reading))
        self._last = reading
        return reading

    def _end(self, reading: _Reading[Value]) -> None:
        # To ask for the exception also tells asyncio that somebody knows of it.
        if not reading.task.cancelled() and reading.task.exception() is None:
            self._good = reading

    def _age_s(self, reading: _Reading[Value]) -> float:
        """Tell how old a value is, counted from when it was asked for."""
        return self._clock.monotonic() - reading.begun_s
