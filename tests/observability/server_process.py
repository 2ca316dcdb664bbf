"""A server in a process of its own, whose log is read line by line."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.forking import Talking, talking
from tests.support.servers import Servers
from tests.support.until import until

WITHIN_S = 30.0


@dataclass
class Server:
    """A running `tandem serve`."""

    port: int
    process: Talking
    said: list[str] = field(default_factory=list)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it logged; every line is JSON."""
        return [json.loads(line) for line in self.said]

    def has(self, event: str) -> bool:
        """Tell whether it logged something."""
        return any(line["event"] == event for line in self.lines)

    async def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(self.process.wait(), WITHIN_S)


@asynccontextmanager
async def serving(servers: Servers, **settings: str) -> AsyncIterator[Server]:
    """Run a server until the block is left."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": servers.urls.app,
        "REDIS_URL": servers.redis_url,
        "TANDEM_HASH_KEY": "shared by all nodes of a test",
        "TANDEM_PORT": str(port),
        "TANDEM_IS_CHEAP": "1",
        "TANDEM_DRAIN_S": "0",
        **{f"TANDEM_{name.upper()}": value for name, value in settings.items()},
    }
    async with talking("backend.cli", "serve", environ=environment) as process:
        server = Server(port, process)
        reading = asyncio.create_task(_read(server))
        try:
            await until(lambda: server.has("the node has started"), within_s=WITHIN_S)
            yield server
        finally:
            await server.stop()  # A node that is killed is still known to those of later tests.
            await reading


async def _read(server: Server) -> None:
    while line := await server.process.said.readline():
        server.said.append(line.decode().rstrip("\n"))
