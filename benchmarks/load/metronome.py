"""A metronome: says when commands are due, to a fraction of a millisecond.

Timers of an event loop are rounded to whole milliseconds, which is as long as what is measured. A
thread that sleeps by the kernel's own clock is late by 0.1 ms.
"""

import asyncio
import threading
import time
from collections.abc import Callable

TICK_S = 0.0003


class Metronome(threading.Thread):
    """Calls `due(moment)` in the event loop for every moment of a steady rate, until stopped.

    The moments are those at which a command should leave, however late the call may come; what is
    late at the server must not hide in commands that were never sent.
    """

    def __init__(self, rate: float, due: Callable[[float], None]) -> None:
        super().__init__(name="metronome", daemon=True)
        self._loop = asyncio.get_running_loop()
        self._interval_s = 1 / rate
        self._due = due
        self._is_stopped = False

    def run(self) -> None:
        """Tick."""
        moment = time.perf_counter() + self._interval_s
        while not self._is_stopped:
            now = time.perf_counter()
            moments = []
            while moment <= now:
                moments.append(moment)
                moment += self._interval_s
            if moments:
                self._loop.call_soon_threadsafe(self._all_due, moments)
            # Above 1,000 a second several leave with one tick.
            time.sleep(max(moment - time.perf_counter(), TICK_S))

    def stop(self) -> None:
        """Have no more moments come."""
        self._is_stopped = True

    def _all_due(self, moments: list[float]) -> None:
        if not self._is_stopped:
            for moment in moments:
                self._due(moment)
