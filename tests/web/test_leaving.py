"""A node that is told to stop says goodbye, and still answers who had come before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from backend.gateway.line import Line
from backend.gateway.protocol_server import TandemProtocol
from backend.web import http_protocol
from protocol.closing import Closing
from tests.gateway.raw import Tcp, hello, raw, tcp
from tests.support.clock import FakeClock
from tests.support.node import Node, running_node
from tests.support.people import Person, sign_up
from tests.support.servers import Servers
from tests.support.until import until

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


async def is_closed(node: Node) -> bool:
    """Tell whether nobody is let in any more."""
    async with httpx.AsyncClient(base_url=node.http_url) as http:
        try:
            await http.get("/healthz")
        except httpx.TransportError:
            return True
        return False


async def come(phones: AsyncExitStack, node: Node) -> Tcp:
    """Connect, and be let in: whoever came later has been answered."""
    end = await phones.enter_async_context(tcp(node))
    assert not await is_closed(node)
    return end


async def test_phones_are_told_to_come_back(servers: Servers, clock: FakeClock) -> None:
    async with AsyncExitStack() as phones, AsyncExitStack() as nodes:
        node = await nodes.enter_async_context(running_node(servers, clock))
        anna = await sign_up(node, clock, "Anna")
        end = await phones.enter_async_context(tcp(node))
        await end.handshake(node)
        end.write(1, hello(anna.token))
        await end.frame()
        leaving = asyncio.create_task(nodes.aclose())
        assert await end.until_closed() == Closing.MOVING
        await leaving


@asynccontextmanager
async def letting_go_of_nobody(
    servers: Servers, clock: FakeClock, patch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Node, Line, Person]]:
    """Run a node where who is lost waits in line, and give somebody who may say hello."""
    async with running_node(servers, clock) as node:
        patch.setattr(node.house.gateway, "departures", line := Line(0.001, 0, waiting_max=10))
        yield node, line, await sign_up(node, clock, "Anna")


def the_wire(node: Node) -> TandemProtocol:
    (socket,) = node.house.gateway.sockets
    wire = socket._wire  # noqa: SLF001
    assert isinstance(wire, TandemProtocol)
    return wire


async def test_who_has_said_goodbye_and_waits_to_be_let_go_of_is_no_hindrance(
    servers: Servers, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with letting_go_of_nobody(servers, clock, monkeypatch) as (node, line, anna):
        async with raw(node, clock) as phone:
            await phone.hello(anna.token)
        await until(lambda: len(line) == 1)
        wire = the_wire(node)
        wire.shutdown()  # As the server does with every connection there is.
        assert wire.transport.is_closing()
    assert not node.house.gateway.sockets


async def test_nothing_is_written_to_whose_connection_broke_and_who_waits_to_be_let_go_of(
    servers: Servers, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        letting_go_of_nobody(servers, clock, monkeypatch) as (node, line, anna),
        raw(node, clock) as phone,
    ):
        await phone.hello(anna.token)
        wire = the_wire(node)
        wire.transport.abort()
        await until(lambda: len(line) == 1)
        wire.shutdown()  # uvloop would raise, and the server would not stop in order.
        assert wire.conn.close_sent is None
    assert not node.house.gateway.sockets


async def test_who_has_come_and_not_asked_yet_is_answered(
    servers: Servers, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "LAST_REQUEST_WITHIN_S", 5.0)
    async with AsyncExitStack() as phones, AsyncExitStack() as nodes:
        node = await nodes.enter_async_context(running_node(servers, clock))
        end = await come(phones, node)
        leaving = asyncio.create_task(nodes.aclose())
        await until(lambda: is_closed(node))
        await until(lambda: node.house.gateway.closing is not None)
        end.writer.write(REQUEST)
        answer = await end.ended()
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in answer
        await leaving


async def test_who_never_asks_is_not_waited_for(
    servers: Servers, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "LAST_REQUEST_WITHIN_S", 0.1)
    async with AsyncExitStack() as phones, AsyncExitStack() as nodes:
        node = await nodes.enter_async_context(running_node(servers, clock))
        end = await come(phones, node)
        await nodes.aclose()
        assert await end.ended() == b""
