"""Phones: a client of either language, held by a test, with its clock and its luck in hand."""

from abc import ABC, abstractmethod
from asyncio import Task
from typing import Any, Protocol

Fields = dict[str, Any]


class Phone(ABC):
    """What both clients offer, under one face."""

    @abstractmethod
    async def do(self, wish: str, **args: Any) -> Any:
        """Have the client do something, and give what it comes to."""

    @abstractmethod
    async def ask(
        self,
        do: Fields,
        *,
        to: str | None = None,
        id: str | None = None,  # noqa: A002 - the word of the protocol
        made_at: str | None = None,
        back_dated: bool = False,
    ) -> Task[Any]:
        """Have something asked; it is in the queue when this returns, the task is its answer."""

    async def start(self) -> None:
        """Begin to connect, without waiting for it."""
        await self.do("start")

    async def connect(self, timeout_s: float = 5) -> None:
        """Begin to connect and wait until it is open."""
        await self.do("connect", timeout_s=timeout_s)

    async def close(self) -> None:
        """Close the client."""
        await self.do("close")

    async def cut(self) -> None:
        """Take the connection away."""
        await self.do("cut")

    async def restore(self) -> None:
        """Let it connect again."""
        await self.do("restore")

    async def join(self, topic: str) -> None:
        """Follow a topic."""
        await self.do("join", topic=topic)

    async def ready(self, topic: str) -> None:
        """Wait until a topic is caught up."""
        await self.do("ready", topic=topic)

    async def leave(self, topic: str) -> None:
        """Stop following a topic."""
        await self.do("leave", topic=topic)

    async def refresh(self, topic: str) -> None:
        """Ask for a topic's snapshot."""
        await self.do("refresh", topic=topic)

    async def set_presence(
        self, topic: str, doing: str | None = None, *, away: bool = False
    ) -> None:
        """Show what one is doing."""
        await self.do("set_presence", topic=topic, doing=doing, away=away)

    async def next(self, what: str) -> Fields:
        """Wait for the next push, snapshot, presence, problem or answer that a listener got."""
        found: Fields = await self.do("next", what=what)
        return found

    async def until(self, *names: str) -> Fields:
        """Wait for one of these states: name, reason, code, retry_in_s."""
        state: Fields = await self.do("until", names=names)
        return state

    async def queued(self) -> list[Fields]:
        """List what the client still has to have answered."""
        queued: list[Fields] = await self.do("queued")
        return queued

    async def saved(self) -> list[Fields]:
        """List what the client has put into its store."""
        saved: list[Fields] = await self.do("saved")
        return saved

    async def advance(self, seconds: float) -> None:
        """Let time go on."""
        await self.do("advance", seconds=seconds)


class Phones(Protocol):
    """Makes phones of one kind."""

    async def __call__(self, url: str, **options: Any) -> Phone:
        """Make one.

        Options: `tokens` (one for each connection, null fails; the last one stays), `renewals`
        (tokens for those that were not taken; then the first of `tokens` is all there is),
        `random`, `queue_max`, `tries_max`, `open_within_s`, `kept` (what its store holds at
        first), `in_real_time` (its clock goes by itself).
        """
        ...

    async def close(self) -> None:
        """Close what is left open."""
        ...
