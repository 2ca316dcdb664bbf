"""A bare server beside ours: it shakes hands, and writes the same frame to all when told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.generator import started
from benchmarks.stack import PORT

BARE_PORT = PORT + 100
URL = f"ws://127.0.0.1:{BARE_PORT}/"
ENDS_WITHIN_S = 10.0


@asynccontextmanager
async def bare_server(payload: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """Have it listen at `URL` until the block is left."""
    async with started("raw", {"port": BARE_PORT, "payload": payload}) as server:
        assert server.stdout is not None and server.stdin is not None  # noqa: PT018, S101
        try:
            await server.stdout.readline()
            yield server
        finally:
            server.stdin.close()
            await asyncio.wait_for(server.wait(), ENDS_WITHIN_S)
