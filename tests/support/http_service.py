"""An HTTP service on this machine, as well or as badly behaved as a test wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass
class Answer:
    """What a request is answered with."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_endless: bool = False
    """Whether the body never ends."""
    is_silent: bool = False
    """Whether no answer comes at all."""
    is_dropped: bool = False
    """Whether the connection is closed instead."""


class Asked(NamedTuple):
    """A request as it came; the names of its headers are in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes


Handle = Callable[[Asked], Awaitable[Answer]]


@asynccontextmanager
async def http_service(handle: Handle) -> AsyncIterator[str]:
    """Serve until the block is left; gives the URL."""
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        # asyncio looks at how it ended, and would complain of a cancellation.
        with suppress(asyncio.CancelledError):
            await _serve(handle, reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def _serve(
    handle: Handle, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer one connection."""
    try:
        while (asked := await _read(reader)) is not None:
            if not await _write(writer, await handle(asked)):
                return
    except (ConnectionError, asyncio.IncompleteReadError):
        return
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    line = (await reader.readline()).decode()
    if not line:
        return None
    headers = {}
    while (header := (await reader.readline()).decode().strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(line.split()[1], headers, body)


async def _write(writer: asyncio.StreamWriter, answer: Answer) -> bool:
    """Answer; False when the connection is of no more use."""
    if answer.is_dropped:
        return False
    if answer.is_silent:
        await asyncio.sleep(3_600)
    headers = {**answer.headers}
    if not answer.is_endless:
        headers["content-length"] = str(len(answer.body))
    lines = [f"HTTP/1.1 {answer.status} Told", *(f"{k}: {v}" for k, v in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode() + answer.body)
    await writer.drain()
    while answer.is_endless:
        writer.write(b"x" * 65_536)
        await writer.drain()
    return True
