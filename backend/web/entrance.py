"""An entrance: lets connections in one at a time, and has those wait who come for a socket.

uvloop (0.23) lets in all who wait in one go. When thousands come back at once, nobody else is
served for some tenths of a second; and of nodes that share a port, who looks first takes most.

Who asks anything else must not stand behind thousands who want a socket, least of all a probe that
asks whether this node is well. So all are let in fast, and who has asked for a socket by then waits
as a bare connection, which costs next to nothing.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from functools import partial

import structlog

from backend.gateway.bucket import Bucket
from backend.gateway.line import Line
from backend.web.waiting import COME_AGAIN, HEAD_BYTES_MAX, has_hung_up

log = structlog.get_logger()

PER_S_MAX = 2_000
BURST_MAX = 30
REST_S = 0.01
FULL_WAIT_S = 1.0
"""Who has no files left for another connection looks again later."""
FOR_A_SOCKET = b"GET /v1/socket"

MakeProtocol = Callable[[bool], asyncio.Protocol]
"""Makes what serves a connection, and is told whether that has waited in the line."""


class Entrance:
    """Lets in who comes to a door."""

    def __init__(self, door: socket.socket, make_protocol: MakeProtocol, arrivals: Line) -> None:
        """Begin at once; who comes for a socket has their turn by the line of `arrivals`."""
        self._door = door
        self._make_protocol = make_protocol
        self._arrivals = arrivals
        self._loop = asyncio.get_running_loop()
        self._coming: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._bucket = Bucket(PER_S_MAX, BURST_MAX, 0.0)
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
        if not self._bucket.take(self._loop.time()):
            self._rest(REST_S)
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
        if _asks_for_socket(connection):
            self._arrivals.enter(
                partial(self._begin, connection, has_waited=True),
                partial(_send_away, connection),
                partial(has_hung_up, connection),
            )
        else:
            self._begin(connection, has_waited=False)

    def _rest(self, seconds: float) -> None:
        self._loop.remove_reader(self._door)
        self._loop.call_later(seconds, self._open)

    def _begin(self, connection: socket.socket, *, has_waited: bool) -> None:
        coming = self._loop.create_task(self._serve(connection, has_waited=has_waited))
        self._coming.add(coming)
        coming.add_done_callback(self._coming.discard)

    async def _serve(self, connection: socket.socket, *, has_waited: bool) -> None:
        try:
            await self._loop.connect_accepted_socket(
                partial(self._make_protocol, has_waited), connection
            )
        except OSError:
            # Gone already.
            connection.close()
        except Exception:
            log.exception("a connection could not be served")
            connection.close()


def _asks_for_socket(connection: socket.socket) -> bool:
    """Look at what has come, and leave it there for who serves the connection."""
    try:
        return connection.recv(len(FOR_A_SOCKET), socket.MSG_PEEK) == FOR_A_SOCKET
    except OSError:
        # Nothing has come yet, or they have gone: that is seen where it is read.
        return False


def _send_away(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # What nobody has read when it is closed has the kernel take back what was said.
        connection.recv(HEAD_BYTES_MAX)
        connection.send(COME_AGAIN)
    connection.close()
