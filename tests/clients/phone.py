"""Phones: a client of either language, held by a test, with its clock and its luck in hand."""

from asyncio import Task
from typing import Any, Protocol

Fields = dict[str, Any]


class Phone(Protocol):
    """What both clients offer, under one face."""

    async def start(self) -> None:
        """Begin to connect, without waiting for it."""
        ...

    async def connect(self, timeout_s: float = 5) -> None:
        """Begin to connect and wait until it is open."""
        ...

    async def close(self) -> None:
        """Close the client."""
        ...

    async def cut(self) -> None:
        """Take the connection away."""
        ...

    async def restore(self) -> None:
        """Let it connect again."""
        ...

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
        ...

    async def join(self, topic: str) -> None:
        """Follow a topic."""
        ...

    async def ready(self, topic: str) -> None:
        """Wait until a topic is caught up."""
        ...

    async def leave(self, topic: str) -> None:
        """Stop following a topic."""
        ...

    async def refresh(self, topic: str) -> None:
        """Ask for a topic's snapshot."""
        ...

    async def set_presence(self, topic: str, doing: str | None = None, *, away: bool) -> None:
        """Show what one is doing."""
        ...

    async def next(self, what: str) -> Fields:
        """Wait for the next push, snapshot, presence, problem or answer that a listener got."""
        ...

    async def until(self, *names: str) -> Fields:
        """Wait for one of these states: name, reason, code, retry_in_s."""
        ...

    async def queued(self) -> list[Fields]:
        """List what the client still has to have answered."""
        ...

    async def saved(self) -> list[Fields]:
        """List what the client has put into its store."""
        ...

    async def advance(self, seconds: float) -> None:
        """Let time go on."""
        ...


class Phones(Protocol):
    """Makes phones of one kind."""

    async def __call__(self, url: str, **options: Any) -> Phone:  # noqa: ANN401 - any option
        """Make one.

        Options: `tokens` (one for each connection, null fails; the last one stays), `random`,
        `queue_max`, `tries_max`, `open_within_s`, `kept` (what its store holds at first),
        `in_real_time` (its clock goes by itself).
        """
        ...
