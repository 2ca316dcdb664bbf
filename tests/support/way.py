"""A way to a server over TCP that can be cut, or swallow everything, and be there again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_CHUNK_BYTES = 65_536


def to_database(url: str) -> Callable[[], Awaitable[Streams]]:
    """Reach the embedded PostgreSQL of a URL, which listens in a folder."""
    query = parse_qs(urlsplit(url).query)
    socket = f"{query['host'][0]}/.s.PGSQL.{query['port'][0]}"

    async def reach() -> Streams:
        return await asyncio.open_unix_connection(socket)

    return reach


class Way:
    """Passes bytes between clients and whatever `reach` connects to."""

    def __init__(self, reach: Callable[[], Awaitable[Streams]]) -> None:
        self._reach = reach
        self._open: dict[asyncio.StreamWriter, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._may_pass = asyncio.Event()
        self._may_pass.set()
        self._is_cut = False
        self.port = 0
        self.opened = 0
        """How many have come."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it."""
        self._open[writer] = None
        self.opened += 1
        await self._may_pass.wait()
        try:
            there_reader, there_writer = await self._reach()
        except OSError:
            self._end(writer)
            return
        self._open[there_writer] = None
        if self._is_cut:
            self._end(writer)
            self._end(there_writer)
        for source, sink in ((reader, there_writer), (there_reader, writer)):
            task = asyncio.create_task(self._carry(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while chunk := await source.read(_CHUNK_BYTES):
                await self._may_pass.wait()
                sink.write(chunk)
                await sink.drain()
        except OSError:
            pass
        self._end(sink)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        self._open.pop(writer, None)
        if not writer.transport.is_closing():
            writer.transport.abort()

    def cut(self) -> None:
        """End every connection, and refuse new ones."""
        self._is_cut = True
        for writer in list(self._open):
            self._end(writer)

    def swallow(self) -> None:
        """Let nothing pass any more, and say nothing of it."""
        self._may_pass.clear()

    def restore(self) -> None:
        """Let everything pass again."""
        self._is_cut = False
        self._may_pass.set()

    async def close(self) -> None:
        """End everything."""
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def way(reach: Callable[[], Awaitable[Streams]]) -> AsyncIterator[Way]:
    """Open a way at a port of this machine until the block is left."""
    opened = Way(reach)
    server = await asyncio.start_server(opened.serve, "127.0.0.1", 0)
    opened.port = server.sockets[0].getsockname()[1]
    try:
        yield opened
    finally:
        server.close()
        await opened.close()
