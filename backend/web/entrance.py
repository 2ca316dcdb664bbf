"""An entrance: lets connections in one at a time, and so many a second.

uvloop (0.23) lets in all who wait in one go. When thousands come back at once, nobody else is
served for some tenths of a second; and of nodes that share a port, who looks first takes most.
"""

import asyncio
import socket
from collections.abc import Callable

import structlog

from backend.gateway.bucket import Bucket

log = structlog.get_logger()

PER_S_MAX = 1_000
"""More than may become sockets: what is asked over HTTP does not wait in their line."""
BURST_MAX = 30
CROWD = 30
CROWD_PER_S_MAX = 300
"""While so many wait for a socket already, more of them would only wait here instead of outside."""
FULL_WAIT_S = 1.0
"""Who has no files left for another connection looks again later."""


class Entrance:
    """Lets in who comes to a door."""

    def __init__(
        self,
        door: socket.socket,
        make_protocol: Callable[[], asyncio.Protocol],
        waiting: Callable[[], int],
    ) -> None:
        """Begin at once; `waiting` counts those inside who wait for their socket."""
        self._door = door
        self._make_protocol = make_protocol
        self._loop = asyncio.get_running_loop()
        self._coming: set[asyncio.Task[object]] = set()
        self._is_closed = False
        self._waiting = waiting
        self._bucket = Bucket(PER_S_MAX, BURST_MAX, 0.0)
        self._crowd_bucket = Bucket(CROWD_PER_S_MAX, 1, 0.0)
        door.setblocking(False)  # noqa: FBT003 - as sockets have it
        self._open()

    def close(self) -> None:
        """Let nobody in any more; the door stays whose it is."""
        self._is_closed = True
        self._loop.remove_reader(self._door)

    def _open(self) -> None:
        if not self._is_closed:
            self._loop.add_reader(self._door, self._let_in)

    def _let_in(self) -> None:
        bucket = self._crowd_bucket if self._waiting() > CROWD else self._bucket
        if not bucket.take(self._loop.time()):
            self._rest(bucket.wait_ms() / 1000)
            return
        try:
            connection, _ = self._door.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            # Another node was faster, or they have gone.
            return
        except OSError as problem:
            log.warning("nobody can be let in", problem=str(problem))
            self._rest(FULL_WAIT_S)
            return
        connection.setblocking(False)  # noqa: FBT003
        coming = self._loop.create_task(self._connect(connection))
        self._coming.add(coming)
        coming.add_done_callback(self._coming.discard)

    def _rest(self, seconds: float) -> None:
        self._loop.remove_reader(self._door)
        self._loop.call_later(seconds, self._open)

    async def _connect(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make_protocol, connection)
        except OSError:
            # Gone already.
            connection.close()
