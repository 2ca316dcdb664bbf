"""Subscriptions: what one follows, and what came of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any, Protocol, Self, TypeVar, overload
from uuid import UUID

import msgspec

from protocol.clients.python.errors import Closed, Left
from protocol.clients.python.follow import Follow
from protocol.clients.python.inbox import Inbox
from protocol.clients.python.listeners import Listeners
from protocol.clients.python.received import Presence, Push, Snapshot
from protocol.messages import Event

OFFLINE = "offline"
Happened = TypeVar("Happened", bound=Event)
OnPush = Callable[[dict[str, Any], str, str, datetime], object]
OnSnapshot = Callable[[dict[str, Any], str, str], object]
OnPresence = Callable[[Presence], object]


class Heard:
    """What was heard, kept to be asked for and told to listeners; of one topic or of all."""

    def __init__(self, pushes_max: int) -> None:
        self._pushes: Inbox[Push] = Inbox(pushes_max)
        self._presences: Inbox[Presence] = Inbox(pushes_max)
        self._on_push: Listeners[[dict[str, Any], str, str, datetime]] = Listeners()
        self._on_snapshot: Listeners[[dict[str, Any], str, str]] = Listeners()
        self._on_presence: Listeners[[Presence]] = Listeners()

    def on_push(self, listener: OnPush) -> Callable[[], None]:
        """Have `listener(event, topic, pos, at)` called for each push; returns how to stop it."""
        return self._on_push.add(listener)

    def on_snapshot(self, listener: OnSnapshot) -> Callable[[], None]:
        """Have `listener(state, topic, pos)` called for each snapshot, which replaces all else."""
        return self._on_snapshot.add(listener)

    def on_presence(self, listener: OnPresence) -> Callable[[], None]:
        """Have `listener(presence)` called when somebody's presence changed."""
        return self._on_presence.add(listener)

    @property
    def pushes_dropped(self) -> int:
        """How many pushes made room for newer ones before they were asked for by `next_push`."""
        return self._pushes.dropped

    @overload
    async def next_push(
        self, kind: type[Happened], *, topic: str | None = None, timeout_s: float | None = 5
    ) -> Happened: ...

    @overload
    async def next_push(
        self, kind: str | None = None, *, topic: str | None = None, timeout_s: float | None = 5
    ) -> Push: ...

    async def next_push(
        self,
        kind: type[Event] | str | None = None,
        *,
        topic: str | None = None,
        timeout_s: float | None = 5,
    ) -> Event | Push:
        """Take the first push not yet taken, of this kind and topic where they are named.

        Asked by tag it is the push, asked by message type the event in it. Raises TimeoutError,
        and Closed when the client has stopped.
        """
        tag = kind.__struct_config__.tag if isinstance(kind, type) else kind

        def matches(push: Push) -> bool:
            return topic in (None, push.topic) and tag in (None, push.event.get("type"))

        push = await self._pushes.next(matches, timeout_s)
        return msgspec.convert(push.event, kind) if isinstance(kind, type) else push

    async def next_presence(
        self, *, topic: str | None = None, timeout_s: float | None = 5
    ) -> Presence:
        """Take the first presence not yet taken. Raises TimeoutError and Closed."""
        return await self._presences.next(lambda heard: topic in (None, heard.topic), timeout_s)

    def hear_push(self, push: Push) -> None:
        """Keep a push and tell it."""
        self._pushes.put(push)
        self._on_push.tell(push.event, push.topic, push.pos, push.at)

    def hear_snapshot(self, snapshot: Snapshot) -> None:
        """Tell a snapshot."""
        self._on_snapshot.tell(snapshot.state, snapshot.topic, snapshot.pos)

    def hear_presence(self, presence: Presence) -> None:
        """Keep a presence and tell it."""
        self._presences.put(presence)
        self._on_presence.tell(presence)

    def end(self, why: Exception) -> None:
        """Tell those who wait that nothing more comes."""
        self._pushes.end(why)
        self._presences.end(why)

    def begin(self) -> None:
        """Things may come again."""
        self._pushes.begin()
        self._presences.begin()


class Follower(Protocol):
    """What a subscription needs of the client."""

    def leave(self, topic: str) -> None:
        """Stop following a topic."""
        ...

    def refresh(self, topic: str) -> None:
        """Ask for a topic's snapshot."""
        ...


class Subscription(Heard):
    """A topic that is followed, over every reconnection, until it is left or refused."""

    def __init__(self, topic: str, client: Follower, pushes_max: int) -> None:
        super().__init__(pushes_max)
        self.topic = topic
        self.snapshot: Snapshot | None = None
        """The last one that came."""
        self.follow = Follow()
        self.join_due = True
        """Whether a join is to be sent, not before `not_before_s`."""
        self.not_before_s = 0.0
        self.tries = 0
        self.on_wire = False
        """Whether this socket follows it, as far as is known here."""
        self._there: set[UUID] = set()
        """Who is there, as far as was heard."""
        self._named: set[UUID] = set()
        """Whose presence came since it was last asked for."""
        self.absences_due_s: float | None = None
        """When who was not named by then is gone."""
        self._client = client
        self._ended: Exception | None = None
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def pos(self) -> str | None:
        """The position of the last push or snapshot that was applied."""
        return None if self.follow.pos is None else str(self.follow.pos)

    @property
    def caught_up(self) -> bool:
        """Tell whether all that had happened when it was last joined has come."""
        return self.follow.caught_up

    async def ready(self, timeout_s: float | None = 5) -> Self:
        """Wait until it is caught up. Raises Refused, TimeoutError, Left and Closed."""
        if self._ended is not None:
            raise self._ended
        if not self.caught_up:
            joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(joined)
            try:
                async with asyncio.timeout(timeout_s):
                    await joined
            finally:
                self._waiting.remove(joined)
        return self

    def asked(self) -> None:
        """Note that the socket follows it from here on."""
        self.on_wire = True
        self.join_due = False
        self.absences_due_s = None
        self._named.clear()

    def hear_presence(self, presence: Presence) -> None:
        """Keep a presence and tell it."""
        self._named.add(presence.user_id)
        if presence.status == OFFLINE:
            self._there.discard(presence.user_id)
        else:
            self._there.add(presence.user_id)
        super().hear_presence(presence)

    def await_names(self, until_s: float) -> None:
        """Give those who were there, and were not named yet, this long."""
        self.absences_due_s = until_s if self._unnamed else None

    def absences(self) -> list[Presence]:
        """Say that those are gone who were there and were not named since it was last asked for."""
        self.absences_due_s = None
        return [
            Presence(topic=self.topic, user_id=user_id, status=OFFLINE) for user_id in self._unnamed
        ]

    @property
    def _unnamed(self) -> set[UUID]:
        return self._there - self._named

    def hear_joined(self) -> None:
        """Tell those who wait for it."""
        for joined in self._waiting:
            if not joined.done():
                joined.set_result(None)

    def lose(self) -> None:
        """The socket is gone: from the next one on it is to be followed anew."""
        self.on_wire = False
        self.join_due = True
        self.not_before_s = 0.0
        self.follow.asked()

    def end(self, why: Exception) -> None:
        """Tell those who wait that nothing more comes."""
        super().end(why)
        self._ended = why
        for joined in self._waiting:
            if not joined.done():
                joined.set_exception(why)

    def begin(self) -> None:
        """Things may come again."""
        super().begin()
        self._ended = None

    def leave(self) -> None:
        """Stop following."""
        self._client.leave(self.topic)

    def refresh(self) -> None:
        """Ask for a snapshot, for instance to draw a page anew."""
        self._client.refresh(self.topic)

    async def __aiter__(self) -> AsyncIterator[Push]:
        """Go through the pushes as they come, until the topic is left or the client stops.

        Raises Refused when the topic may not be followed.
        """
        while True:
            try:
                push = await self.next_push(timeout_s=None)
            except (Left, Closed):
                return
            yield push
