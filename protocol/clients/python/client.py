"""The client: one person's connection, for as long as the program wants it."""

import asyncio
import logging
import random as randomness
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any, Self, overload
from uuid import UUID

import msgspec

from protocol.clients.python.clock import Clock, SystemClock
from protocol.clients.python.connection import OpenSocket, check_url, open_socket
from protocol.clients.python.errors import Closed, Refused
from protocol.clients.python.life import Door, Life
from protocol.clients.python.queue import CommandQueue
from protocol.clients.python.received import Presence, Push
from protocol.clients.python.saving import Dated, Kept, QueueStore
from protocol.clients.python.secrets import Fetch, Secret, Secrets
from protocol.clients.python.state import State, StateName
from protocol.clients.python.subscription import (
    Happened,
    OnPresence,
    OnPush,
    OnSnapshot,
    Subscription,
)
from protocol.clients.python.topics import Topics
from protocol.clients.python.wire import Format, Wire
from protocol.frames import ClientInfo
from protocol.ids import uuid7
from protocol.messages import Ask

VERSION = "0.1.0"
log = logging.getLogger("tandem.client")


class Client:
    """Asks, and hears what happens, over one socket that comes back by itself.

    Commands wait in a queue while there is no connection and go out in order, each under its one
    id until it is answered; so nothing is lost and nothing is done twice. Topics are resumed from
    the last position. A client belongs to one person; another person needs another client.

        async with Client("ws://127.0.0.1:8000/v1/socket", token=fetch_token) as anna:
            ours = await anna.join(f"relationship/{id}").ready()
            await anna.ask({"type": "moods.log", "mood": "calm", "mood_score": 7}, to=ours.topic)
            push = await ours.next_push("moods.logged")
    """

    def __init__(  # noqa: PLR0913 - each has a default that is right for a program
        self,
        url: str,
        *,
        token: Secret | None = None,
        renew: Fetch | None = None,
        ticket: Secret | None = None,
        name: str = "tandem-python",
        version: str = VERSION,
        format: Format = "json",  # noqa: A002 - the word for it
        store: QueueStore | None = None,
        queue_max: int = 1000,
        tries_max: int = 5,
        pushes_max: int = 1000,
        open_within_s: float = 10.0,
        clock: Clock | None = None,
        random: Callable[[], float] = randomness.random,
        open_socket: OpenSocket = open_socket,
    ) -> None:
        """Prepare; `connect` connects.

        `token` and `ticket` may be functions (also async ones), which are called for each
        connection. `renew` fetches another token, once, when the server does not take the one it
        is shown; without it, or when that one is not taken either, the client stops.
        `tries_max` is how often a call is sent again after a temporary refusal, `pushes_max` how
        many pushes are kept for `next_push`.
        """
        self._clock = clock or SystemClock()
        self._wire = Wire(format)
        self._wake = asyncio.Event()
        self._topics = Topics(
            self._clock,
            random,
            tries_max=tries_max,
            pushes_max=pushes_max,
            woken=self._wake.set,
        )
        self._queue = CommandQueue(
            self._wire,
            self._clock,
            random,
            queue_max=queue_max,
            tries_max=tries_max,
            store=store,
            store_failed=self._store_failed,
        )
        info = ClientInfo(name=name, version=version)
        check_url(url)
        self._life = Life(
            Door(url, info, open_socket, open_within_s),
            Secrets(token, renew, ticket),
            wire=self._wire,
            clock=self._clock,
            random=random,
            queue=self._queue,
            topics=self._topics,
            wake=self._wake,
        )

    def _store_failed(self, problem: Exception) -> None:
        log.warning("the queue could not be kept: %s", problem)
        refused = Refused("not_saved", f"The queue could not be kept: {problem}.", temporary=True)
        self._topics.on_problem.tell(refused, None)

    # --------------------------------------------------------------------------- the connection

    @property
    def state(self) -> State:
        """How it stands to the server."""
        return self._life.state

    @property
    def user_id(self) -> UUID | None:
        """Whose client it is; None before the first welcome."""
        return self._life.user_id

    def start(self) -> None:
        """Begin to connect, without waiting for it."""
        self._life.start()

    async def connect(self, timeout_s: float | None = 30) -> None:
        """Begin to connect and wait until it is open.

        Raises Closed when the server says stop, and TimeoutError, after which it still tries on.
        """
        self.start()
        state = await self._life.until("open", "closed", timeout_s=timeout_s)
        if state.name == "closed":
            raise self._life.stopped or Closed("never connected")

    async def close(self) -> None:
        """Close the socket and stop. What was not answered stays queued, and in the store."""
        await self._life.end("closed by the program")

    async def __aenter__(self) -> Self:
        """Connect."""
        try:
            await self.connect()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        await self.close()

    def cut(self) -> None:
        """Take the connection away, as a tunnel would; commands are queued meanwhile."""
        self._life.cut()

    def restore(self) -> None:
        """Undo a cut and connect at once."""
        self._life.restore()

    def reconnect_now(self) -> None:
        """Do not wait any longer before the next try; for instance when the network is back."""
        self._life.reconnect_now()

    async def until(self, *names: StateName, timeout_s: float | None = 5) -> State:
        """Wait for one of these states. Raises TimeoutError."""
        return await self._life.until(*names, timeout_s=timeout_s)

    def on_state(self, listener: Callable[[State], object]) -> Callable[[], None]:
        """Have `listener(state)` called at each change; returns how to stop it."""
        return self._life.on_state.add(listener)

    # ------------------------------------------------------------------------------------- asks

    def now(self) -> datetime:
        """Tell the server's time, as well as it is known."""
        return self._clock.now() + self._queue.clock_ahead

    @property
    def queued(self) -> list[Kept]:
        """The commands that are not answered yet, in order."""
        return self._queue.kept()

    async def ask(
        self,
        do: dict[str, Any] | Ask,
        *,
        to: str | None = None,
        made_at: datetime | None = None,
        id: UUID | None = None,  # noqa: A002 - the word of the protocol
        back_dated: bool = False,
    ) -> Any:
        """Ask for something and wait for the answer, over reconnections if need be.

        A dict is answered with a dict, a message with a message of its `reply` type.

        `made_at` is when the person acted, where that was earlier and the command allows it.
        With `back_dated` the client says so itself, but only if the command goes out more than
        5 s after it was asked: a moment that the server can see for itself needs no word, and a
        phone's wrong clock then does no harm. Without either the command counts from its arrival.

        Ask with the `id` of an earlier try to learn its outcome; nothing is done twice. To stop
        waiting (`asyncio.timeout`) does not take the command back.

        Raises Refused, QueueFull, TooLarge, and Closed.
        """
        if self._life.stopped is not None:
            raise self._life.stopped
        body = msgspec.to_builtins(do)
        if "type" not in body:
            raise ValueError("What is asked needs a `type`, such as 'moods.log'.")
        if made_at is not None and made_at.tzinfo is None:
            raise ValueError("made_at needs a time zone.")
        dated: Dated = "always" if made_at else "late" if back_dated else "never"
        answer = self._queue.add(
            id=id or uuid7(int(self.now().timestamp() * 1000)),
            do=body,
            to=to,
            made_at=made_at or self._clock.now(),
            dated=dated,
            user_id=self.user_id,
        )
        self._wake.set()
        ok = await asyncio.shield(answer)
        return msgspec.convert(ok, do.reply) if isinstance(do, Ask) else ok

    def on_answer(
        self, listener: Callable[[Kept, Any, Exception | None], object]
    ) -> Callable[[], None]:
        """Have `listener(command, ok, refused)` called for every answer.

        So a program that was started anew hears of commands that its predecessor had queued.
        """
        return self._queue.on_answer.add(listener)

    # ----------------------------------------------------------------------------------- topics

    def join(self, topic: str) -> Subscription:
        """Follow a topic from now on, over reconnections; `ready` waits until it is caught up."""
        return self._topics.join(topic)

    def leave(self, topic: str) -> None:
        """Stop following a topic."""
        self._topics.leave(topic)

    def set_presence(self, topic: str, doing: str | None = None, *, away: bool = False) -> None:
        """Show what one is doing; said again after each reconnection, until it is changed."""
        self._topics.show(topic, doing, away=away)

    def on_push(self, listener: OnPush) -> Callable[[], None]:
        """Have `listener(event, topic, pos, at)` called for the pushes of all topics."""
        return self._topics.heard.on_push(listener)

    def on_snapshot(self, listener: OnSnapshot) -> Callable[[], None]:
        """Have `listener(state, topic, pos)` called for the snapshots of all topics."""
        return self._topics.heard.on_snapshot(listener)

    def on_presence(self, listener: OnPresence) -> Callable[[], None]:
        """Have `listener(presence)` called for presences in all topics."""
        return self._topics.heard.on_presence(listener)

    def on_problem(self, listener: Callable[[Refused, str | None], object]) -> Callable[[], None]:
        """Have `listener(refused, topic)` called when something that was no call was refused."""
        return self._topics.on_problem.add(listener)

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
        kind: Any = None,
        *,
        topic: str | None = None,
        timeout_s: float | None = 5,
    ) -> Any:
        """Take the first push not yet taken, of this kind and topic where they are named.

        Asked by tag it is the push, asked by message type the event in it. Raises TimeoutError
        and Closed.
        """
        return await self._topics.heard.next_push(kind, topic=topic, timeout_s=timeout_s)

    async def next_presence(
        self, *, topic: str | None = None, timeout_s: float | None = 5
    ) -> Presence:
        """Take the first presence not yet taken. Raises TimeoutError and Closed."""
        return await self._topics.heard.next_presence(topic=topic, timeout_s=timeout_s)
