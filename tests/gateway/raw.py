"""A client that may say anything: raw bytes over the `websockets` library, or over plain TCP."""

import asyncio
import base64
import json
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from protocol.codec import SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK
from protocol.ids import uuid7
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import Person

TEXT, CONTINUATION, PING, PONG, CLOSE = 1, 0, 9, 10, 8
SMALL_BUFFER = 4_096
WITHIN_S = 8.0
Frame = dict[str, Any]
Format = Literal["json", "msgpack"]


class Raw:
    """One open WebSocket; what comes is kept until a test asks for it."""

    def __init__(self, connection: ClientConnection, clock: FakeClock, format: Format) -> None:  # noqa: A002
        self.connection = connection
        self.clock = clock
        self.format = format
        self.within_s = WITHIN_S
        """How long a frame may take to come."""
        self._came: list[Frame] = []

    async def send(self, data: str | bytes | Frame | list[Frame]) -> None:
        """Send bytes or text as they are, frames encoded."""
        if isinstance(data, dict | list):
            data = json.dumps(data) if self.format == "json" else msgspec.msgpack.encode(data)
        await self.connection.send(data)

    async def send_text(self, data: bytes) -> None:
        """Send bytes as text, whether they are or not."""
        await self.connection.send(data, text=True)

    async def next(self, kind: str, **like: object) -> Frame:
        """Give the next frame of a kind with these fields; others are kept."""
        async with asyncio.timeout(self.within_s):
            while True:
                for place, frame in enumerate(self._came):
                    if frame["type"] == kind and like.items() <= frame.items():
                        return self._came.pop(place)
                await self._receive()

    async def _receive(self) -> None:
        data = await self.connection.recv(decode=False)
        said = json.loads(data) if self.format == "json" else msgspec.msgpack.decode(data)
        self._came += said if isinstance(said, list) else [said]

    async def hello(self, token: str, **fields: object) -> Frame:
        """Say hello and hear the welcome."""
        await self.send({"type": "hello", "token": token, **fields})
        return await self.next("welcome")

    async def refused(self, data: str | bytes | Frame | list[Frame]) -> Frame:
        """Send something and give the refusal of the problem that answers it."""
        await self.send(data)
        refused: Frame = (await self.next("problem"))["refused"]
        return refused

    def new_id(self, **ago: float) -> str:
        """Make a call's id, now or some time ago."""
        at = self.clock.now() - timedelta(**ago)
        return str(uuid7(int(at.timestamp() * 1000)))

    async def call(self, do: Frame, **fields: object) -> Frame:
        """Send a call and give its reply."""
        call_id = fields.pop("id", None) or self.new_id()
        await self.send({"type": "call", "id": call_id, "do": do, **fields})
        return await self.next("reply", id=call_id)

    async def rename(self, name: str, **fields: object) -> Frame:
        """Change one's name: the smallest command there is."""
        return await self.call({"type": "identity.change_profile", "name": name}, **fields)

    async def closed(self) -> int:
        """Wait for the end and give its code; what came before is kept."""
        async with asyncio.timeout(WITHIN_S):
            try:
                while True:
                    await self._receive()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 1006

    async def said(self, kind: str) -> list[Frame]:
        """List the frames of a kind that have come so far."""
        return [frame for frame in self._came if frame["type"] == kind]


@asynccontextmanager
async def raw(
    node: Node,
    clock: FakeClock,
    format: Format = "json",  # noqa: A002
    **options: Any,
) -> AsyncIterator[Raw]:
    """Open a WebSocket that has not said hello."""
    subprotocol = Subprotocol(SUBPROTOCOL_JSON if format == "json" else SUBPROTOCOL_MSGPACK)
    settings: dict[str, Any] = {
        "subprotocols": [subprotocol],
        "compression": None,
        "max_size": None,
        "proxy": None,
        "ping_interval": None,
        "close_timeout": 0.2,
    }
    async with connect(node.socket_url, **settings | options) as connection:
        yield Raw(connection, clock, format)


class Tcp:
    """A TCP connection on which a test writes WebSocket frames by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.last = b""
        """What came last before the end."""

    async def handshake(
        self,
        node: Node,
        *lines: str,
        path: str = "/v1/socket",
        subprotocols: Sequence[str] = (SUBPROTOCOL_JSON,),
    ) -> str:
        """Ask for a WebSocket; lines replace those of the same name. Gives the answer's head."""
        self.writer.write(upgrade(node, *lines, path=path, subprotocols=subprotocols))
        return await self.head()

    async def head(self) -> str:
        """Read the head of an answer."""
        async with asyncio.timeout(WITHIN_S):
            return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    def write(self, opcode: int, payload: bytes = b"", *, fin: bool = True, **odd: bool) -> None:
        """Write one frame; `masked=False` or `rsv1=True` make it one that may not be."""
        first = (0x80 if fin else 0) | (0x40 if odd.get("rsv1") else 0) | opcode
        is_masked = odd.get("masked", True)
        size = len(payload)
        flag = 0x80 if is_masked else 0
        if size < 126:
            head = bytes([first, flag | size])
        elif size < 65_536:
            head = bytes([first, flag | 126]) + size.to_bytes(2)
        else:
            head = bytes([first, flag | 127]) + size.to_bytes(8)
        mask = b"\0\0\0\0" if is_masked else b""  # this mask leaves the payload as it is
        self.writer.write(head + mask + payload)

    async def frame(self) -> tuple[int, bytes]:
        """Read one frame of the server: its opcode and its payload."""
        first, size = await self._exactly(2)
        if size == 126:
            size = int.from_bytes(await self._exactly(2))
        elif size == 127:
            size = int.from_bytes(await self._exactly(8))
        return first & 0x0F, await self._exactly(size)

    async def _exactly(self, count: int) -> bytes:
        async with asyncio.timeout(WITHIN_S):
            return await self.reader.readexactly(count)

    async def until_closed(self) -> int:
        """Read until the close frame and give its code; 1006 when there is none."""
        try:
            while True:
                opcode, payload = await self.frame()
                if opcode == CLOSE:
                    return int.from_bytes(payload[:2])
                self.last = payload
        except (asyncio.IncompleteReadError, ConnectionError):
            return 1006

    async def ended(self) -> bytes:
        """Read until the server ends the connection; gives what it said."""
        async with asyncio.timeout(WITHIN_S):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


def upgrade(
    node: Node,
    *lines: str,
    path: str = "/v1/socket",
    subprotocols: Sequence[str] = (SUBPROTOCOL_JSON,),
) -> bytes:
    """Write the head of a request for a WebSocket; lines replace those of the same name."""
    said = {
        "Host": urlsplit(node.http_url).netloc,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": ", ".join(subprotocols),
    }
    for line in lines:
        name, _, value = line.partition(":")
        said[name] = value.strip()
    head = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
    return "\r\n".join([*head, "", ""]).encode()


@asynccontextmanager
async def tcp(
    node: Node, *, receive_bytes: int | None = None, saying: bytes = b""
) -> AsyncIterator[Tcp]:
    """Open a TCP connection, with a small window if wished; `saying` is there before it is seen."""
    end = socket.socket()
    if receive_bytes is not None:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    # The node has the same event loop: while this blocks it looks at nothing.
    end.connect(("127.0.0.1", node.port))
    end.sendall(saying)
    end.setblocking(False)  # noqa: FBT003
    reader, writer = await asyncio.open_connection(sock=end, limit=2**16)
    try:
        yield Tcp(reader, writer)
    finally:
        writer.transport.abort()


def text(frame: Frame) -> bytes:
    """Write a frame as JSON."""
    return json.dumps(frame).encode()


def hello(token: str) -> bytes:
    """Write a hello as JSON."""
    return text({"type": "hello", "token": token})


def somebody() -> UUID:
    """Make an id that nobody has."""
    return uuid7()


@asynccontextmanager
async def deaf(node: Node, person: Person) -> AsyncIterator[Tcp]:
    """Give a socket that says hello and then never reads, with small buffers on both sides."""
    before = set(node.house.gateway.sockets)
    async with tcp(node, receive_bytes=SMALL_BUFFER) as end:
        assert " 101 " in await end.handshake(node)
        end.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it can be read from
        (opened,) = set(node.house.gateway.sockets) - before
        wire = opened._wire.transport.get_extra_info("socket")  # type: ignore[attr-defined]  # noqa: SLF001
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
        end.write(TEXT, hello(person.token))
        await end.writer.drain()
        yield end
