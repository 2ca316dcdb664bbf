"""Inboxes: what came and has not been asked for yet."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """A bounded buffer that is read by what one looks for; the oldest make room for the newest."""

    def __init__(self, items_max: int) -> None:
        self._items: deque[T] = deque(maxlen=items_max)
        self._looking: list[tuple[Callable[[T], bool], asyncio.Future[T]]] = []
        self._ended: Exception | None = None
        self.dropped = 0
        """How many the bound has cost."""

    def put(self, item: T) -> None:
        """Hand it to the first who looks for such a one, or keep it."""
        for place, (matches, found) in enumerate(self._looking):
            if not found.done() and matches(item):
                del self._looking[place]
                found.set_result(item)
                return
        self.dropped += len(self._items) == self._items.maxlen
        self._items.append(item)

    async def next(self, matches: Callable[[T], bool], timeout_s: float | None = None) -> T:
        """Take the first that matches, waiting for it if need be; others stay.

        Raises TimeoutError, or what the inbox was ended with once nothing more can come.
        """
        for place, item in enumerate(self._items):
            if matches(item):
                del self._items[place]
                return item
        if self._ended is not None:
            raise self._ended
        found: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        looking = (matches, found)
        self._looking.append(looking)
        try:
            async with asyncio.timeout(timeout_s):
                return await found
        finally:
            if looking in self._looking:
                self._looking.remove(looking)

    def end(self, why: Exception) -> None:
        """Nothing more comes: whoever looks is told why."""
        self._ended = why
        looking, self._looking = self._looking, []
        for _, found in looking:
            if not found.done():
                found.set_exception(why)

    def begin(self) -> None:
        """Things may come again."""
        self._ended = None
