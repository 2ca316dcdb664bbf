"""A server that does nothing but write: the same frame to every WebSocket that is open.

Usage: python -m benchmarks.load.raw PLAN.json, with `port` and `payload`; a text frame from anybody
is the sign to write. Ends when its input is closed.
"""

import asyncio
import base64
import hashlib
import re
import sys
from pathlib import Path
from typing import ClassVar, cast

import msgspec
import uvloop

_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY = re.compile(rb"^sec-websocket-key:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_PROTOCOL = re.compile(rb"^sec-websocket-protocol:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_TEXT = 0x81


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do."""

    port: int
    payload: str


class Raw(asyncio.Protocol):
    """One connection: a handshake, then frames that are not looked at."""

    everybody: ClassVar[dict[asyncio.Transport, None]] = {}
    frame: ClassVar[bytes] = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what it is written to by."""
        self._transport = cast("asyncio.Transport", transport)
        self._is_open = False

    def data_received(self, data: bytes) -> None:
        """Shake hands; after that, write to everybody."""
        if not self._is_open:
            self._shake_hands(data)
        elif data[0] == _TEXT:
            frame = self.frame
            for transport in self.everybody:
                transport.write(frame)

    def _shake_hands(self, request: bytes) -> None:
        key, chosen = _KEY.search(request), _PROTOCOL.search(request)
        if key is None or chosen is None:
            self._transport.close()
            return
        accepted = base64.b64encode(
            hashlib.sha1(key[1] + _ACCEPT).digest()  # noqa: S324 - as RFC 6455 says
        )
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accepted + b"\r\n"
            b"Sec-WebSocket-Protocol: " + chosen[1] + b"\r\n\r\n"
        )
        self._is_open = True
        self.everybody[self._transport] = None

    def connection_lost(self, _problem: Exception | None) -> None:
        """Write to it no more."""
        self.everybody.pop(self._transport, None)


def frame_of(payload: bytes) -> bytes:
    """Put the header of an unmasked text frame of medium length before a payload."""
    return bytes((_TEXT, 126)) + len(payload).to_bytes(2) + payload


async def serve(plan: Plan) -> None:
    """Serve until the input is closed."""
    Raw.frame = frame_of(plan.payload.encode())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Raw, "127.0.0.1", plan.port, backlog=4_096)
    async with server:
        print("listening", flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Read the plan and serve."""
    uvloop.run(serve(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan)))


if __name__ == "__main__":
    main()
