"""A server that answers whatever is asked, as a test says; on loopback, for as long as a block."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

DRIP_EVERY_S = 0.01
Answer = Callable[[dict[str, str], bytes], tuple[int, bytes] | None]
"""Takes headers and a body; None says nothing and hangs up."""


@asynccontextmanager
async def answering(answer: Answer, *, drips: bytes = b"") -> AsyncIterator[str]:
    """Answer until the block is left; where it drips, a body goes on for as long as it is read."""
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while line := (await reader.readline()).decode():
                del line
                headers = {}
                while header := (await reader.readline()).decode().strip():
                    name, _, value = header.partition(":")
                    headers[name.lower()] = value.strip()
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                told = answer(headers, body)
                if told is None:
                    break
                status, said = told
                length = "" if drips else f"content-length: {len(said)}\r\n"
                writer.write(f"HTTP/1.1 {status} Told\r\n{length}\r\n".encode() + said)
                await writer.drain()
                while drips:
                    writer.write(drips)
                    await writer.drain()
                    await asyncio.sleep(DRIP_EVERY_S)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
