"""What a connection held is free when it ends, without waiting for a collection."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

import httpx
import pytest

from actors.principal import Principal
from backend.gateway.protocol_server import TandemProtocol
from backend.gateway.socket import Socket
from backend.web.http_protocol import TandemHttp
from protocol.common import Temporary
from tests.gateway.raw import hello, raw, tcp
from tests.support.clock import FakeClock
from tests.support.node import running_node
from tests.support.people import sign_up
from tests.support.servers import Servers
from tests.support.until import until


def alive() -> int:
    return sum(isinstance(one, Socket | TandemProtocol | TandemHttp) for one in gc.get_objects())


@asynccontextmanager
async def nothing_stays() -> AsyncIterator[int]:
    """Wait until no more connections are in memory than before, of which it gives the count."""
    gc.collect()
    before = alive()
    gc.disable()
    try:
        yield before
        await until(lambda: alive() == before)
    finally:
        gc.enable()


async def test_a_closed_socket_leaves_nothing_to_be_collected(
    servers: Servers, clock: FakeClock
) -> None:
    async with running_node(servers, clock) as node:
        anna = await sign_up(node, clock, "Anna")
        async with nothing_stays() as before, tcp(node) as end:
            await end.handshake(node)
            end.write(1, hello(anna.token))
            await end.frame()
            assert alive() == before + 2, "the socket and its connection, not the handshake"


async def test_who_goes_while_the_hello_is_answered_leaves_nothing_to_be_collected(
    servers: Servers, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_node(servers, clock) as node:
        authenticator = node.house.gateway.authenticator
        asked = asyncio.Event()

        async def never(_token: str) -> Principal:
            asked.set()
            await asyncio.get_running_loop().create_future()
            raise AssertionError("it waits for ever")

        monkeypatch.setattr(authenticator, "principal_of", never)
        async with nothing_stays(), tcp(node) as end:
            await end.handshake(node)
            end.write(1, hello("somebody"))
            await asked.wait()


async def test_a_join_that_failed_leaves_nothing_to_be_collected(
    servers: Servers, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_node(servers, clock) as node:
        anna = await sign_up(node, clock, "Anna")

        async def away(_asked: object) -> NoReturn:
            raise Temporary(why="the database is away")

        monkeypatch.setattr(node.house.gateway.joins._glances, "_find_many", away)  # noqa: SLF001
        async with nothing_stays(), raw(node, clock) as phone:
            await phone.hello(anna.token, resume={anna.address: "1.0"})
            await phone.next("problem", topic=anna.address)


async def test_requests_leave_nothing_to_be_collected(servers: Servers, clock: FakeClock) -> None:
    async with running_node(servers, clock) as node, httpx.AsyncClient() as client:
        anna = await sign_up(node, clock, "Anna")
        known = {"authorization": f"Bearer {anna.token}"}
        paths = [("/v1/me", 200), ("/v1/cluster", 403), ("/nothing", 404)]
        for path, status in paths:
            assert (await client.get(node.http_url + path, headers=known)).status_code == status
        gc.collect()
        gc.disable()
        try:
            for path, _ in paths * 3:
                await client.get(node.http_url + path, headers=known)
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            ours = ("backend", "litestar", "uvicorn", "actors", "protocol")
            assert [one for one in gc.garbage if type(one).__module__.startswith(ours)] == []
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
