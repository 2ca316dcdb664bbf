"""A guest: somebody's phone that signs in and follows topics, many of them at once."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.load.phone import Bye, Frame, Joined, Lost, Phone, Problem, Welcome, connect

ARRIVING_AT_ONCE_MAX = 64
ARRIVED_WITHIN_S = 60.0


class Guest:
    """One person's socket, until all topics it should follow are followed."""

    def __init__(self, person: dict[str, Any], topics: Iterable[str]) -> None:
        """Take the person from a plan: `user_id`, `relationship`, `token`."""
        self.user_id: str = person["user_id"]
        self.relationship: str = person["relationship"]
        self.phone: Phone
        self.heads: dict[str, int] = {}
        """The last number seen of each topic that is followed."""
        self._url: str | None = person.get("url")
        self._token: str = person["token"]
        self._asked_for = list(topics)
        self._wanted = {*followed_by_itself(self.user_id), *self._asked_for}
        self._arrived = asyncio.Event()
        self._problem: str | None = None

    async def arrive(self, url: str) -> None:
        """Sign in, and wait until every topic is followed. Raises Lost, TimeoutError."""
        self.phone = await connect(self._url or url, self.received)
        self.phone.send(json.dumps({"type": "hello", "token": self._token}).encode())
        await asyncio.wait_for(self._arrived.wait(), ARRIVED_WITHIN_S)
        if self._problem is not None:
            raise Lost(self._problem)

    def received(self, frame: Frame) -> None:
        """Take note of topics; subclasses count the rest."""
        if isinstance(frame, Welcome):
            for topic in self._asked_for:
                self.phone.send(json.dumps({"type": "join", "topic": topic}).encode())
        elif isinstance(frame, Joined):
            self.heads[frame.topic] = _number(frame.pos)
            if self.heads.keys() >= self._wanted:
                self._arrived.set()
        elif isinstance(frame, Problem | Bye):
            self._problem = str(frame)
            self._arrived.set()


def followed_by_itself(user_id: str) -> set[str]:
    """List the topics that a server has every socket of a person follow."""
    return {f"user/{user_id}", "announcements"}


def _number(pos: str) -> int:
    return int(pos.partition(".")[2])


async def arrive_all(url: str, guests: Sequence[Guest]) -> None:
    """Have everybody arrive, a few at once."""
    door = asyncio.Semaphore(ARRIVING_AT_ONCE_MAX)

    async def arrive(guest: Guest) -> None:
        async with door:
            await guest.arrive(url)

    await asyncio.gather(*[arrive(guest) for guest in guests])
