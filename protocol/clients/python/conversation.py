"""One socket's conversation, from hello to its end."""

import asyncio
from collections.abc import Callable
from typing import NoReturn

import msgspec

from protocol.clients.python.clock import Clock
from protocol.clients.python.connection import LOST, Socket, SocketClosed
from protocol.clients.python.queue import CommandQueue
from protocol.clients.python.received import (
    Bye,
    Heartbeat,
    Joined,
    Presence,
    Problem,
    Push,
    Received,
    Reply,
    Snapshot,
    Welcome,
)
from protocol.clients.python.topics import Topics
from protocol.clients.python.wire import Wire
from protocol.frames import Hello
from protocol.limits import Limits

SILENCE_BEATS_MAX = 2.5
"""After this many heartbeats without any frame the connection counts as lost."""
CLOSED_WITHIN_S = 5.0
"""After its goodbye the server closes the socket within this time, or it is closed here."""


class Conversation:
    """Says hello, then reads, writes and listens for silence until the socket closes."""

    def __init__(  # noqa: PLR0913 - what it ties together
        self,
        socket: Socket,
        *,
        wire: Wire,
        clock: Clock,
        queue: CommandQueue,
        topics: Topics,
        wake: asyncio.Event,
        welcomed: Callable[[Welcome], None],
    ) -> None:
        self._socket = socket
        self._wire = wire
        self._clock = clock
        self._queue = queue
        self._topics = topics
        self._wake = wake
        self._welcomed = welcomed
        self._early: list[Received] = []
        self._heard_s = clock.elapsed_s()
        self._said_bye = asyncio.Event()
        self.retry_after_s = 0.0
        """How long the server asked to stay away, in its bye."""

    async def hello(self, hello: Hello) -> Welcome:
        """Open the conversation. Raises SocketClosed."""
        for message in self._wire.pack([self._wire.encode(hello)], Limits()):
            await self._socket.send(message)
        while True:
            frames = await self._next()
            for place, frame in enumerate(frames):
                if isinstance(frame, Welcome):
                    # What came in the same message belongs to the reading that begins now.
                    self._early = frames[place + 1 :]
                    self._welcome(frame)
                    return frame
                self._receive(frame)

    def _welcome(self, welcome: Welcome) -> None:
        self._queue.clock_ahead = welcome.now - self._clock.now()
        self._silence_s_max = welcome.heartbeat_s * SILENCE_BEATS_MAX
        self._welcomed(welcome)

    async def go_on(self) -> NoReturn:
        """Converse until the end, which is a SocketClosed."""
        lives = [asyncio.create_task(life()) for life in (self._read, self._write, self._watch)]
        try:
            done, _ = await asyncio.wait(lives, return_when=asyncio.FIRST_COMPLETED)
            # Where reading and writing have both failed, the reader knows the close code.
            next(life for life in lives if life in done).result()
        finally:
            for life in lives:
                life.cancel()
            await asyncio.gather(*lives, return_exceptions=True)
        raise AssertionError("none of the three ends but by raising")

    async def _next(self) -> list[Received]:
        data = await self._socket.receive()
        self._heard_s = self._clock.elapsed_s()
        try:
            return self._wire.decode(data)
        except msgspec.DecodeError as problem:
            raise SocketClosed(LOST, f"the server sent what is no frame: {problem}") from problem

    async def _read(self) -> NoReturn:
        frames = self._early
        while True:
            for frame in frames:
                self._receive(frame)
            frames = await self._next()

    def _receive(self, frame: Received) -> None:
        match frame:
            case Reply():
                self._queue.receive(frame)
                self._wake.set()
            case Push():
                self._topics.receive_push(frame)
            case Snapshot():
                self._topics.receive_snapshot(frame)
            case Joined():
                self._topics.receive_joined(frame)
            case Presence():
                self._topics.receive_presence(frame)
            case Problem():
                self._topics.receive_problem(frame)
            case Heartbeat():
                self._queue.clock_ahead = frame.now - self._clock.now()
                self._topics.receive_heartbeat(frame)
            case Bye():
                self.retry_after_s = (frame.retry_after_ms or 0) / 1000
                self._silence_s_max = CLOSED_WITHIN_S
                self._said_bye.set()
            case Welcome():
                pass  # said once; a second one would say the same

    async def _write(self) -> NoReturn:
        while True:
            self._wake.clear()
            about_topics, topics_again_s = self._topics.take()
            calls, calls_again_s = self._queue.take()
            frames = [self._wire.encode(frame) for frame in about_topics] + calls
            for message in self._wire.pack(frames, self._queue.limits):
                await self._socket.send(message)
            again_s = [at for at in (topics_again_s, calls_again_s) if at is not None]
            wait_s = min(again_s) - self._clock.elapsed_s() if again_s else None
            await self._clock.wait(self._wake, wait_s)

    async def _watch(self) -> NoReturn:
        while True:
            silent_s = self._clock.elapsed_s() - self._heard_s
            if silent_s >= self._silence_s_max:
                raise SocketClosed(LOST, f"nothing was heard for {silent_s:.0f} s")
            await self._clock.wait(self._said_bye, self._silence_s_max - silent_s)
            self._said_bye.clear()
