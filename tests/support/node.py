"""A whole node in the test's own event loop: the real application on a real port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from litestar import Litestar

from actors.ports import Clock
from backend.assembly import create_app, move_in
from backend.gateway.ports import GatewaySettings
from backend.house import House
from backend.listening import listen
from backend.server import TandemServer, configure
from backend.settings import Settings
from tests.support.servers import Servers

STARTED_WITHIN_S = 15.0

_empty: list[Litestar] = []
"""Applications whose node has stopped: to make one costs ten times as much as to make a node."""


@dataclass(frozen=True)
class Node:
    """A running node."""

    app: Litestar
    house: House
    port: int

    @property
    def http_url(self) -> str:
        """Where its routes are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        """Where its sockets are."""
        return f"ws://127.0.0.1:{self.port}/v1/socket"


@asynccontextmanager
async def running_node(
    servers: Servers,
    clock: Clock,
    gateway: GatewaySettings | None = None,
    **more: Any,
) -> AsyncIterator[Node]:
    """Run a node until the block is left; what else is named are settings."""
    settings = Settings(
        database_url=servers.urls.app,
        redis_url=servers.redis_url,
        hash_key="shared by all nodes of a test",
        port=0,
        drain_s=0.0,
        log_level="warning",
        is_cheap=True,
        gateway=gateway or GatewaySettings(),
        **more,
    )
    app = _app(settings, clock)
    server = TandemServer(configure(app, settings))
    door = listen("127.0.0.1", 0)
    serving = asyncio.create_task(server.serve([door]))
    try:
        async with asyncio.timeout(STARTED_WITHIN_S):
            while not server.started:
                if serving.done():
                    serving.result()
                    raise RuntimeError("the node ended before it had started")
                await asyncio.sleep(0.005)
        yield Node(app, app.state.house, door.getsockname()[1])
    finally:
        server.should_exit = True
        await serving
        door.close()
        if not settings.is_demo:
            _empty.append(app)


def _app(settings: Settings, clock: Clock) -> Litestar:
    """Make an application, or have another node move into one; the console's are of one node."""
    if settings.is_demo or not _empty:
        return create_app(settings, clock)
    app = _empty.pop()
    move_in(app, House(settings, clock))
    return app
