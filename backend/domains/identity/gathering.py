"""Gathering: what many ask at once becomes one query.

While a query is on its way, those who come meanwhile wait together for the next; so a thousand
sockets that reconnect at once cost a few queries, and a single one waits for nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from actors.principal import Principal
from protocol.common import Overloaded, Temporary

AT_ONCE_MAX = 500
WAITING_MAX = 20_000

FindMany = Callable[[Sequence[str], datetime], Awaitable[list[Principal | None]]]
_Waiting = tuple[str, datetime, "asyncio.Future[Principal | None]"]


class Gathering:
    """Answers single questions by asking many together."""

    def __init__(self, find_many: FindMany) -> None:
        """Ask by this function, which answers in the order it is asked in."""
        self._find_many = find_many
        self._waiting: list[_Waiting] = []
        self._asking: asyncio.Task[None] | None = None

    async def find(self, token: str, now: datetime) -> Principal | None:
        """Ask for one token. Raises Overloaded, and what the query raises."""
        loop = asyncio.get_running_loop()
        if self._asking is not None and self._asking.get_loop() is not loop:
            # An event loop that has ended answers nobody any more.
            self._waiting, self._asking = [], None
        if len(self._waiting) >= WAITING_MAX:
            raise Overloaded(what="tokens to check")
        future: asyncio.Future[Principal | None] = loop.create_future()
        self._waiting.append((token, now, future))
        if self._asking is None:
            self._asking = loop.create_task(self._ask_for_all(), name="gathering")
        return await future

    async def _ask_for_all(self) -> None:
        try:
            while self._waiting:
                asked, self._waiting = self._waiting[:AT_ONCE_MAX], self._waiting[AT_ONCE_MAX:]
                await self._ask(asked)
        finally:
            self._asking = None

    async def _ask(self, asked: Sequence[_Waiting]) -> None:
        # The latest clock is right for all: what has expired since they came is expired.
        now = max(came_at for _, came_at, _ in asked)
        try:
            found = await self._find_many([token for token, _, _ in asked], now)
        except Exception as problem:  # noqa: BLE001 - each of them is told
            if isinstance(problem, Temporary):
                # Those who came meanwhile have waited as well, and would only find the same.
                asked, self._waiting = [*asked, *self._waiting], []
            for _, _, future in asked:
                if not future.done():
                    future.set_exception(problem)
            return
        for (_, _, future), principal in zip(asked, found, strict=True):
            if not future.done():
                future.set_result(principal)
