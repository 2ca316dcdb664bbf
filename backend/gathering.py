"""Gathering: what many ask at once becomes one query.

While a query is on its way, those who come meanwhile wait together for the next; so a thousand
sockets that reconnect at once cost a few queries, and a single one waits for nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from protocol.common import Overloaded, Temporary

AT_ONCE_MAX = 500
WAITING_MAX = 20_000
FAILURES_MAX = 20
"""Enough to find one in five hundred."""

Asked = TypeVar("Asked")
Found = TypeVar("Found")
_Waiting = list[tuple[Asked, asyncio.Future[Found]]]


class Gathering(Generic[Asked, Found]):
    """Answers single questions by asking many together."""

    def __init__(
        self,
        what: str,
        find_many: Callable[[Sequence[Asked]], Awaitable[Sequence[Found]]],
        at_once_max: int = AT_ONCE_MAX,
    ) -> None:
        """Ask by this function, which answers in the order it is asked in; `what` names those."""
        self._at_once_max = at_once_max
        self._what = what
        self._find_many = find_many
        self._waiting: _Waiting[Asked, Found] = []
        self._asking: asyncio.Task[None] | None = None

    async def find(self, asked: Asked) -> Found:
        """Ask for one. Raises Overloaded, and what the query raises."""
        loop = asyncio.get_running_loop()
        if self._asking is not None and self._asking.get_loop() is not loop:
            # An event loop that has ended answers nobody any more.
            self._waiting, self._asking = [], None
        if len(self._waiting) >= WAITING_MAX:
            raise Overloaded(what=self._what)
        future: asyncio.Future[Found] = loop.create_future()
        self._waiting.append((asked, future))
        if self._asking is None:
            self._asking = loop.create_task(self._ask_for_all(), name="gathering")
        try:
            return await future
        finally:
            del future  # A problem keeps where it was raised, which is here.

    async def _ask_for_all(self) -> None:
        asked: _Waiting[Asked, Found] = []
        try:
            while self._waiting:
                count = self._at_once_max
                asked, self._waiting = self._waiting[:count], self._waiting[count:]
                await self._ask(asked)
        except BaseException:
            asked, self._waiting = [*asked, *self._waiting], []
            _tell_all(asked, Temporary(why="the question was given up"))
            raise
        finally:
            self._asking = None

    async def _ask(self, asked: _Waiting[Asked, Found]) -> None:
        """Ask; in halves where it fails, for one may have asked what nobody can answer.

        When that has failed for long, it is not for what was asked.
        """
        parts, failures = [asked], 0
        while parts:
            part = parts.pop()
            try:
                found = await self._find_many([one for one, _ in part])
            except Temporary as problem:
                # Those who came meanwhile have waited as well, and would only find the same.
                waiting, self._waiting = self._waiting, []
                _tell_all([*asked, *waiting], problem)
                return
            except Exception as problem:  # noqa: BLE001 - who asked is told
                failures += 1
                half = len(part) // 2
                if half and failures <= FAILURES_MAX:
                    parts += [part[half:], part[:half]]
                else:
                    _tell_all(part, problem)
            else:
                for (_, future), answer in zip(part, found, strict=True):
                    if not future.done():
                        future.set_result(answer)


def _tell_all(waiting: _Waiting[Asked, Found], problem: Exception) -> None:
    # Where it was raised leads back to those who wait: together they would be a circle.
    problem = problem.with_traceback(None)
    for _, future in waiting:
        if not future.done():
            future.set_exception(problem)
