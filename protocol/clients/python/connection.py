"""Sockets: opening one, and what the end of one means."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from protocol.closing import Closing

LOST = 1006
"""The code of a connection that ended without a goodbye, or never began."""
CLOSE_WITHIN_S = 1.0
MESSAGE_BYTES_MAX = 4 * 1024 * 1024
"""A resume may carry a megabyte; what is far above that is no answer of Tandem's."""
_STOPPING_LIBRARY_CODES = frozenset({1000, 1002, 1003, 1007, 1008, 1009, 1010})
_STOPS_FROM = 4500


class SocketClosed(Exception):
    """The socket is no more."""

    def __init__(self, code: int, reason: str, *, is_final: bool = False) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason
        self.is_final = is_final
        """Whether another token would not help either."""


class Socket(Protocol):
    """An open WebSocket."""

    async def send(self, data: bytes | str) -> None:
        """Send one message, text or binary. Raises SocketClosed."""
        ...

    async def receive(self) -> bytes | str:
        """Wait for the next message. Raises SocketClosed."""
        ...

    async def close(self) -> None:
        """Close it, from whatever state it is in."""
        ...


OpenSocket = Callable[[str, str], Awaitable[Socket]]
"""Opens a socket to a URL with a subprotocol; raises SocketClosed."""


def comes_back(code: int) -> bool:
    """Tell whether to connect again after this close code.

    What went wrong with the bytes themselves would go wrong again, so those codes stop.
    """
    return code not in _STOPPING_LIBRARY_CODES and code < _STOPS_FROM


def check_url(url: str) -> None:
    """Refuse what can never be connected to. Raises ValueError."""
    try:
        parse_uri(url)
    except WebSocketException as problem:
        raise ValueError(f"{url!r} is no address of a socket, such as wss://…") from problem


async def open_socket(url: str, subprotocol: str) -> Socket:
    """Open a socket with the `websockets` library. Raises SocketClosed."""
    try:
        connection = await connect(
            url,
            subprotocols=[Subprotocol(subprotocol)],
            compression=None,
            max_size=MESSAGE_BYTES_MAX,
            close_timeout=CLOSE_WITHIN_S,
            open_timeout=None,  # the client has one over all of connecting
            proxy=None,
        )
    except (OSError, WebSocketException) as problem:
        raise SocketClosed(LOST, str(problem) or type(problem).__name__) from problem
    if connection.subprotocol != subprotocol:
        await connection.close()
        raise SocketClosed(Closing.SUBPROTOCOL, f"the server does not speak {subprotocol}")
    return _LibrarySocket(connection)


class _LibrarySocket:
    """A connection of the `websockets` library."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, data: bytes | str) -> None:
        """Send one message, text or binary."""
        try:
            await self._connection.send(data)
        except ConnectionClosed as closed:
            raise _closed(closed) from closed

    async def receive(self) -> bytes | str:
        """Wait for the next message."""
        try:
            return await self._connection.recv()
        except ConnectionClosed as closed:
            raise _closed(closed) from closed

    async def close(self) -> None:
        """Close it; a peer that does not answer is not waited for longer than a second."""
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._connection.close()
        except TimeoutError:
            self._connection.transport.abort()


def _closed(closed: ConnectionClosed) -> SocketClosed:
    if closed.rcvd is None:
        return SocketClosed(LOST, "the connection was lost")
    return SocketClosed(closed.rcvd.code, closed.rcvd.reason)
