"""A clock that stands still until a test moves it, for the server and for its clients."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

BEGINNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_ROUNDS_AFTER_MOVE = 20


class Alarm:
    """A call that is due at a moment of the fake time."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Call it off."""
        self.call = None


class FakeClock:
    """Time that goes on when told to; implements `actors.ports.Clock`."""

    def __init__(self, now: datetime = BEGINNING) -> None:
        self._beginning = now
        self._passed_s = 0.0
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        """Read the time of day, in UTC."""
        return self._beginning + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        """Read seconds that never go back."""
        return self._passed_s

    def call_later(self, delay_s: float, call: Callable[[], None]) -> Alarm:
        """Call after a while of the fake time."""
        alarm = Alarm(call)
        heapq.heappush(self._alarms, (self._passed_s + delay_s, next(self._order), alarm))
        return alarm

    async def sleep(self, delay_s: float) -> None:
        """Wait a while of the fake time."""
        woken = asyncio.Event()
        alarm = self.call_later(delay_s, woken.set)
        try:
            await woken.wait()
        finally:
            alarm.cancel()

    async def advance(self, **by: float) -> None:
        """Move on by a timedelta's worth, ringing what is due on the way in its order."""
        until_s = self._passed_s + timedelta(**by).total_seconds()
        while self._alarms and self._alarms[0][0] <= until_s:
            due_s, _, alarm = heapq.heappop(self._alarms)
            self._passed_s = max(self._passed_s, due_s)
            if alarm.call is not None:
                alarm.call()
                await _let_others_run()
        self._passed_s = until_s
        await _let_others_run()

    async def jump(self, **by: float) -> None:
        """Move on at once, as a machine that slept: what was due meanwhile rings once, at the end.

        For days: there `advance` would ring every heartbeat on the way.
        """
        self._passed_s += timedelta(**by).total_seconds()
        await self.advance()


class ClientClock:
    """The same fake time, as a client reads it; it waits by the real one."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        """Tell the date and time, in UTC."""
        return self._clock.now()

    def elapsed_s(self) -> float:
        """Tell the seconds since some moment; never goes back."""
        return asyncio.get_running_loop().time()

    async def wait(self, event: asyncio.Event, timeout_s: float | None) -> bool:
        """Wait for the event, or until the time is over; tell whether the event came."""
        try:
            async with asyncio.timeout(timeout_s):
                return await event.wait()
        except TimeoutError:
            return False


async def _let_others_run() -> None:
    for _ in range(_ROUNDS_AFTER_MOVE):
        await asyncio.sleep(0)
