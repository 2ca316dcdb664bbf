"""The scheduler: one virtual time, and an event loop for each node, run in an order drawn by lot.

Nothing here waits. When no loop has anything to do, time moves on to whatever is due next. A node
that crashes is a loop that is run no more; one that is paused, a loop that is not run for a while.
"""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from random import Random
from typing import Any, TypeVar

_T = TypeVar("_T")
Call = Callable[..., object]
TASKS_KEPT_MAX = 500


class Schedule:
    """Virtual time, what is due in it, and whose turn it is."""

    def __init__(self, random: Random) -> None:
        """Begin at second 0; who runs next is drawn from `random`."""
        self.now = 0.0
        self.running: NodeLoop | None = None
        """Whose turn it is."""
        self.loops: list[NodeLoop] = []
        self._random = random
        self._due: list[tuple[float, int, Call, tuple[Any, ...]]] = []
        self._order = itertools.count()

    def after(self, delay_s: float, call: Call, *arguments: Any) -> None:
        """Call after a while, outside of any node."""
        self.at(self.now + delay_s, call, *arguments)

    def at(self, moment: float, call: Call, *arguments: Any) -> None:
        """Call at a moment, outside of any node."""
        heapq.heappush(self._due, (moment, next(self._order), call, arguments))

    def run(self, until: float, is_over: Callable[[], bool]) -> None:
        """Go on until a moment, or until it is over, which is looked for whenever time moves."""
        while self._run_one() or (not is_over() and self._move_on(until)):
            pass

    def _run_one(self) -> bool:
        """Let one loop that has something to do go round once; False when nobody has."""
        ready = [loop for loop in self.loops if loop.is_ready]
        if not ready:
            return False
        loop = ready[0] if len(ready) == 1 else self._random.choice(ready)
        self.running = loop
        loop.go_round()
        self.running = None
        return True

    def _move_on(self, until: float) -> bool:
        """Move to the next moment at which something is due; False when that is too late."""
        moments = [loop.next_at for loop in self.loops if not loop.is_paused]
        if self._due:
            moments.append(self._due[0][0])
        moment = min(moments, default=until)
        if moment >= until:
            return False
        self.now = max(self.now, moment)
        while self._due and self._due[0][0] <= self.now:
            _, _, call, arguments = heapq.heappop(self._due)
            call(*arguments)
        for loop in self.loops:
            loop.ring()
        return True


class NodeLoop(asyncio.AbstractEventLoop):
    """The event loop of one node; as much of it as code without sockets and threads needs."""

    def __init__(self, schedule: Schedule, name: str, complain: Callable[[str], None]) -> None:
        """Run nothing before the schedule says so; what nobody caught goes to `complain`."""
        self.name = name
        self.is_paused = False
        self._is_dead = False
        self._schedule = schedule
        self._complain = complain
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._order = itertools.count()
        self._tasks: list[asyncio.Task[Any]] = []
        """Kept, or the garbage collector would end them at a moment of its own."""

    # What the schedule asks.

    @property
    def is_ready(self) -> bool:
        """Tell whether there is something to do now."""
        return bool(self._ready) and not self.is_paused

    @property
    def next_at(self) -> float:
        """When the next timer is due."""
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else float("inf")

    def ring(self) -> None:
        """Have the timers that are due run in the next round."""
        while not self.is_paused and self.next_at <= self._schedule.now:
            self._ready.append(heapq.heappop(self._timers)[2])

    def stop_for_ever(self) -> None:
        """Run nothing any more, from this moment on."""
        self.is_paused = self._is_dead = True

    def go_round(self) -> None:
        """Run all that is ready, but not what that makes ready."""
        asyncio._set_running_loop(self)  # noqa: SLF001 - asyncio's own for those who write loops
        try:
            for _ in range(len(self._ready)):
                if self._is_dead:
                    return
                handle = self._ready.popleft()
                if not handle.cancelled():
                    handle._run()  # noqa: SLF001
        finally:
            asyncio._set_running_loop(None)  # noqa: SLF001

    def end_all(self, rounds_max: int = 100) -> None:
        """Cancel whatever is not finished, so that nothing of it runs when it is forgotten."""
        self._is_dead = False
        for task in self._tasks:
            if task.done() and not task.cancelled() and task.exception() is not None:
                self._complain(f"a task of {self.name} ended: {task.exception()!r}")
            task.cancel()
        for _ in range(rounds_max):
            if not self._ready:
                return
            self.go_round()

    # What asyncio asks.

    def time(self) -> float:
        return self._schedule.now

    def call_soon(  # type: ignore[override]  # typeshed's is generic in the arguments
        self, callback: Call, *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Call, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._schedule.now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Call, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._order), handle))
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Coroutine[Any, Any, _T],  # type: ignore[override]  # typeshed takes generators too
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[_T]:
        # Task-17 would count the tasks of the whole process, whatever ran before.
        task = asyncio.Task(coro, loop=self, name=name or "task", context=context)
        if len(self._tasks) >= TASKS_KEPT_MAX:
            self._tasks = [kept for kept in self._tasks if not kept.done()]
        self._tasks.append(task)
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return self._schedule.running is self

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self._complain(f"{context.get('message')}: {context.get('exception')!r}")

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled ones are passed over when they come first."""
