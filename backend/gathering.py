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
        return await future

    async def _ask_for_all(self) -> None:
        try:
            while self._waiting:
                count = self._at_once_max
                asked, self._waiting = self._waiting[:count], self._waiting[count:]
                await self._ask(asked)
        finally:
            self._asking = None

    async def _ask(self, waiting: _Waiting[Asked, Found]) -> None:
        try:
            found = await self._find_many([asked for asked, _ in waiting])
        except Temporary as problem:
            # Those who came meanwhile have waited as well, and would only find the same.
            waiting, self._waiting = [*waiting, *self._waiting], []
            _tell_all(waiting, problem)
        except Exception as problem:  # noqa: BLE001 - who asks what cannot be found is told
            if len(waiting) == 1:
                _tell_all(waiting, problem)
                return
            # One may have asked what nobody can answer: the others are not to suffer for it.
            half = len(waiting) // 2
            await self._ask(waiting[:half])
            await self._ask(waiting[half:])
        except BaseException:
            _tell_all(waiting, Temporary(why="the answer was given up"))
            raise
        else:
            for (_, future), answer in zip(waiting, found, strict=True):
                if not future.done():
                    future.set_result(answer)


def _tell_all(waiting: _Waiting[Asked, Found], problem: Exception) -> None:
    for _, future in waiting:
        if not future.done():
            future.set_exception(problem)
