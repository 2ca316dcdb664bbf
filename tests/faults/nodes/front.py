"""The front: one port for all nodes, as a reverse proxy with health checks would be."""

import asyncio
import itertools
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import httpx

from tests.support.way import Streams, Way

LOOK_EVERY_S = 0.25
ANSWERED_WITHIN_S = 1.0


class Front:
    """Brings each connection to one of the nodes that say they are ready, in turn."""

    def __init__(self) -> None:
        self._ways = Way(self._reach)
        self._ports: Sequence[int] = ()
        self._ready: set[int] = set()
        self._turn = itertools.count()
        self._server: asyncio.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.port = 0

    @property
    def http_url(self) -> str:
        """Where its routes are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        """Where its sockets are."""
        return f"ws://127.0.0.1:{self.port}/v1/socket"

    def lead_to(self, ports: Sequence[int]) -> None:
        """Name the nodes."""
        self._ports = ports

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._ways.serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._task = asyncio.create_task(self._look_again_and_again())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._server is not None:
            self._server.close()
        await self._ways.close()

    async def _reach(self) -> Streams:
        ready = sorted(self._ready)
        if not ready:
            raise ConnectionRefusedError
        return await asyncio.open_connection("127.0.0.1", ready[next(self._turn) % len(ready)])

    async def _look_again_and_again(self) -> None:
        async with httpx.AsyncClient(timeout=ANSWERED_WITHIN_S) as http:
            while True:
                await asyncio.gather(*[self._look(http, port) for port in self._ports])
                await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self, http: httpx.AsyncClient, port: int) -> None:
        try:
            is_ready = (await http.get(f"http://127.0.0.1:{port}/readyz")).is_success
        except httpx.TransportError:
            is_ready = False
        if is_ready:
            self._ready.add(port)
        else:
            self._ready.discard(port)
