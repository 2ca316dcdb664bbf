"""A real WebSocket server that knows nothing: the test speaks its part, line by line."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from protocol.codec import SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK
from protocol.limits import Limits

WITHIN_S = 5
USER_ID = "0199a000-0000-7000-8000-00000000000a"
NOW = "2026-11-21T12:00:00Z"
Frame = dict[str, Any]


class Line:
    """One connection, as the server holds it."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._binary = connection.subprotocol == SUBPROTOCOL_MSGPACK
        self._frames: list[Frame] = []
        self.counts: list[int] = []
        """How many frames each WebSocket message has carried."""
        self.sizes_bytes: list[int] = []

    async def next(self) -> Frame:
        """Wait for the client's next frame, single or out of a list."""
        while not self._frames:
            async with asyncio.timeout(WITHIN_S):
                data = await self._connection.recv()
            assert isinstance(data, bytes) == self._binary
            read = (msgspec.msgpack if self._binary else msgspec.json).decode(data)
            self._frames = read if isinstance(read, list) else [read]
            self.counts.append(len(self._frames))
            self.sizes_bytes.append(len(data))
        return self._frames.pop(0)

    async def expect(self, kind: str, **fields: Any) -> Frame:
        """Wait for the client's next frame, which must be this one."""
        frame = await self.next()
        assert {"type": frame["type"]} | {name: frame.get(name) for name in fields} == {
            "type": kind
        } | fields, frame
        return frame

    async def calls(self, count: int) -> list[Frame]:
        """Wait for so many calls, with nothing in between."""
        return [await self.expect("call") for _ in range(count)]

    async def send(self, *frames: Frame) -> None:
        """Say something: one frame plainly, several as a list."""
        said = frames[0] if len(frames) == 1 else list(frames)
        if self._binary:
            await self._connection.send(msgspec.msgpack.encode(said))
        else:
            await self._connection.send(msgspec.json.encode(said).decode())

    async def send_raw(self, data: str) -> None:
        """Say what may be no frame."""
        await self._connection.send(data)

    async def welcome(
        self,
        *,
        user_id: str = USER_ID,
        heartbeat_s: int = 25,
        now: str = NOW,
        also: tuple[Frame, ...] = (),
        **limits: int,
    ) -> Frame:
        """Take the hello and answer it; gives the hello."""
        hello = await self.expect("hello")
        await self.send(
            {
                "type": "welcome",
                "session": "s",
                "user_id": user_id,
                "now": now,
                "heartbeat_s": heartbeat_s,
                "limits": msgspec.to_builtins(Limits(**limits)),
            },
            *also,
        )
        return hello

    async def ok(self, call: Frame, **fields: Any) -> None:
        """Grant a call."""
        await self.send({"type": "reply", "id": call["id"], "ok": {"type": "done", **fields}})

    async def refuse(self, call: Frame, code: str, *, temporary: bool, **facts: Any) -> None:
        """Refuse a call."""
        body = {"code": code, "message": f"No: {code}.", "facts": facts, "temporary": temporary}
        await self.send({"type": "reply", "id": call["id"], "refused": body})

    async def close(self, code: int, reason: str = "") -> None:
        """Say goodbye."""
        await self._connection.close(code, reason)

    def drop(self) -> None:
        """Be gone without a goodbye."""
        self._connection.transport.abort()

    async def until_hung_up(self) -> None:
        """Wait until the client has gone, whatever it still says before."""
        async with asyncio.timeout(WITHIN_S):
            try:
                while True:
                    await self._connection.recv()
            except ConnectionClosed:
                pass


def push(number: int, topic: str = "relationship/1", generation: int = 1, **event: Any) -> Frame:
    """Make a push with this number."""
    body = {"type": "happened", "number": number, **event}
    return {
        "type": "push",
        "topic": topic,
        "pos": f"{generation}.{number}",
        "at": NOW,
        "event": body,
    }


def snapshot(number: int, topic: str = "relationship/1", generation: int = 1) -> Frame:
    """Make a snapshot at this number."""
    state = {"at": number}
    return {"type": "snapshot", "topic": topic, "pos": f"{generation}.{number}", "state": state}


def joined(number: int, topic: str = "relationship/1", generation: int = 1) -> Frame:
    """Make the word that ends a join."""
    return {"type": "joined", "topic": topic, "pos": f"{generation}.{number}"}


def heartbeat(**heads: str) -> Frame:
    """Make a heartbeat; the heads are named by the kind of topic, whose key is 1."""
    return {
        "type": "heartbeat",
        "now": NOW,
        "heads": {f"{kind}/1": pos for kind, pos in heads.items()},
    }


class ScriptServer:
    """Listens on loopback; the test takes the connections one by one."""

    def __init__(
        self, subprotocols: tuple[str, ...] = (SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK)
    ) -> None:
        self._subprotocols = [Subprotocol(name) for name in subprotocols]
        self._lines: asyncio.Queue[Line] = asyncio.Queue()
        self._server: Server

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._hold,
            "127.0.0.1",
            0,
            # A client that asks for what is not spoken here gets a socket without a subprotocol.
            select_subprotocol=self._select,
            compression=None,
            ping_interval=None,
            close_timeout=0.2,
        )
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1/socket"
        return self

    def _select(
        self, _connection: ServerConnection, asked: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        return next((name for name in asked if name in self._subprotocols), None)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _hold(self, connection: ServerConnection) -> None:
        self._lines.put_nowait(Line(connection))
        await connection.wait_closed()

    async def accept(self) -> Line:
        """Wait for the next connection."""
        async with asyncio.timeout(WITHIN_S):
            return await self._lines.get()

    @property
    def nobody_waits(self) -> bool:
        """Tell whether no connection has come that was not taken."""
        return self._lines.empty()
