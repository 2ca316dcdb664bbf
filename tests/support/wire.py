"""A way to PostgreSQL that can be cut or frozen at chosen moments."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

COMMIT = b"COMMIT"
"""Begins the statement that commits, whatever is sent along with it."""
_CHUNK_BYTES = 65_536


class Fault(Enum):
    """What happens when the next COMMIT passes."""

    CUT_BEFORE = "the client is cut off, the COMMIT never arrives"
    CUT_AFTER = "the COMMIT arrives, the answer does not"
    FREEZE_BEFORE = "the COMMIT is held back, and the connection stays open on the server's side"


class Wire:
    """Passes bytes between clients and the server's socket."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self.fault: Fault | None = None
        self.is_down = False
        """Whether new connections are refused."""
        self.commits = 0
        self.struck = asyncio.Event()
        self.as_it_strikes: Callable[[], None] = lambda: None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it."""
        if self.is_down:
            writer.close()
            return
        there_reader, there_writer = await asyncio.open_unix_connection(str(self._server))
        self._writers += [writer, there_writer]
        up = asyncio.create_task(self._up(reader, there_writer, writer))
        down = asyncio.create_task(self._down(there_reader, writer))
        self._tasks |= {up, down}

    async def _up(
        self,
        reader: asyncio.StreamReader,
        there: asyncio.StreamWriter,
        here: asyncio.StreamWriter,
    ) -> None:
        while chunk := await _read(reader):
            if COMMIT in chunk:
                self.commits += 1
                if self.fault is not None:
                    await self._strike(chunk, there, here)
                    return
            there.write(chunk)
        there.close()

    async def _strike(
        self, chunk: bytes, there: asyncio.StreamWriter, here: asyncio.StreamWriter
    ) -> None:
        fault, self.fault = self.fault, None
        self.as_it_strikes()
        if fault is Fault.CUT_AFTER:
            here.transport.abort()
            there.write(chunk)
            await there.drain()
        elif fault is Fault.CUT_BEFORE:
            here.transport.abort()
            there.transport.abort()
        else:
            here.transport.abort()
        self.struck.set()

    async def _down(self, reader: asyncio.StreamReader, here: asyncio.StreamWriter) -> None:
        while chunk := await _read(reader):
            if not here.transport.is_closing():
                here.write(chunk)
        here.close()

    def cut_all(self) -> None:
        """End every connection at once."""
        writers, self._writers = self._writers, []
        for writer in writers:
            writer.transport.abort()

    async def close(self) -> None:
        """End everything."""
        self.cut_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(_CHUNK_BYTES)
    except OSError:
        return b""


@asynccontextmanager
async def wire_to(dsn: str) -> AsyncIterator[tuple[Wire, str]]:
    """Open another way to the database of this URL; gives it, and the URL that takes it."""
    url = urlsplit(dsn)
    place = parse_qs(url.query)
    wire = Wire(Path(place["host"][0]) / f".s.PGSQL.{place['port'][0]}")
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield wire, f"postgresql://{url.username}@127.0.0.1:{port}{url.path}?sslmode=disable"
    finally:
        server.close()
        await wire.close()
