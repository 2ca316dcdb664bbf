"""Peers that fall silent: in the middle of a request, of a frame, or for good."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from backend import listening, server
from backend.gateway.absences import COMES_BACK_WITHIN_S
from backend.gateway.line import Line
from backend.web import http_protocol
from tests.gateway.raw import PING, TEXT, deaf, hello, raw, tcp
from tests.support.clock import FakeClock
from tests.support.node import Node, running_node
from tests.support.people import Person
from tests.support.servers import Servers
from tests.support.until import until

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.usefixtures("nothing_changes"),
]

PATIENCE_S = 0.3
TOO_LARGE = b"The head or the trailer of the request is too large."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(servers: Servers, clock: FakeClock) -> AsyncIterator[Node]:
    """A node that loses patience sooner."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "PING_INTERVAL_S", PATIENCE_S)
        patch.setattr(server, "PING_TIMEOUT_S", PATIENCE_S)
        patch.setattr(http_protocol, "REQUEST_WITHIN_S", PATIENCE_S)
        patch.setattr(listening, "DEAF_AFTER_S", 1)
        async with running_node(servers, clock) as running:
            yield running


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /v1/socket HTTP/1.1\r\nHost: x\r\n",
        b"GET /v1/sock",
        b"POST /v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    ],
)
async def test_half_a_request_is_not_waited_for(node: Node, begun: bytes) -> None:
    async with tcp(node) as end:
        end.writer.write(begun)
        assert (await end.ended()).endswith(b"No whole request came in time.")


async def test_an_endless_head_is_not_kept(node: Node) -> None:
    async with tcp(node) as end:
        end.writer.write(b"GET / HTTP/1.1\r\n" + b"X-Line: " + b"y" * 300_000)
        assert (await end.ended()).endswith(TOO_LARGE)


async def test_an_endless_trailer_is_not_kept(node: Node) -> None:
    head = b"POST /v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with tcp(node) as end:
        end.writer.write(head + b"0\r\n" + b"a:b\r\n" * 60_000)
        assert (await end.ended()).endswith(TOO_LARGE)


async def test_a_body_may_be_larger_than_a_head(node: Node) -> None:
    head = b"POST /v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n"
    head += b"Connection: close\r\n\r\n"
    async with tcp(node) as end:
        end.writer.write(head + b" " * 200_000)
        assert TOO_LARGE not in (await end.ended())


async def test_who_never_reads_is_not_kept_after_the_goodbye(node: Node, anna: Person) -> None:
    async with deaf(node, anna) as end:
        (opened,) = node.house.gateway.sockets
        wire: Any = opened._wire  # noqa: SLF001
        while not wire.is_clogged:
            end.write(PING, b"p" * 125)
            await asyncio.sleep(0)
        await until(lambda: wire not in wire.connections, within_s=5)


async def test_a_peer_that_is_gone_without_a_word_is_let_go(node: Node, anna: Person) -> None:
    """Nothing comes any more, and no end either: as when a phone leaves the network."""
    async with tcp(node) as end:
        await end.handshake(node)
        end.write(TEXT, hello(anna.token))
        await end.frame()
        end.write(TEXT, b'{"type":', fin=False)
        assert node.house.fanout.hub.is_online(anna.user_id)
        assert await end.until_closed() == 1011
        await until(lambda: not node.house.fanout.hub.is_online(anna.user_id))


async def test_who_waits_to_be_let_go_of_is_not_there_any_more(
    node: Node, clock: FakeClock, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = node.house.gateway
    monkeypatch.setattr(gateway, "departures", line := Line(0.001, 0, waiting_max=10))
    async with raw(node, clock) as lost:
        await lost.hello(anna.token)
        lost.connection.transport.abort()
        await until(lambda: len(line) == 1)
        assert not gateway.hub.is_online(anna.user_id)
        assert gateway.open_sockets == 0
        async with raw(node, clock) as phone:
            await phone.hello(anna.token)
            line.hurry()
            await until(lambda: len(gateway.sockets) == 1)
            assert gateway.hub.is_online(anna.user_id)
        line.hurry()


@pytest.mark.parametrize("comes_back", [False, True])
async def test_who_loses_two_sockets_at_once_is_missed_once_or_not_at_all(
    node: Node,
    clock: FakeClock,
    anna: Person,
    monkeypatch: pytest.MonkeyPatch,
    *,
    comes_back: bool,
) -> None:
    gateway = node.house.gateway
    missed: list[UUID] = []
    monkeypatch.setattr(gateway.absences, "_missing", lambda user_id, _at: missed.append(user_id))
    monkeypatch.setattr(gateway, "departures", line := Line(0.001, 0, waiting_max=10))
    async with raw(node, clock) as one, raw(node, clock) as other:
        await one.hello(anna.token)
        await other.hello(anna.token)
        one.connection.transport.abort()
        other.connection.transport.abort()
        await until(lambda: len(line) == 2)
    if comes_back:
        async with raw(node, clock) as phone:
            await phone.hello(anna.token)
        await until(lambda: len(line) == 3)
    line.hurry()
    await until(lambda: not gateway.sockets)
    await clock.advance(seconds=2 * COMES_BACK_WITHIN_S)
    assert missed.count(anna.user_id) == (0 if comes_back else 1)


async def test_a_peer_that_answers_pings_is_kept(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as phone:
        await phone.hello(anna.token)
        loop = asyncio.get_running_loop()
        start = loop.time()
        await until(lambda: loop.time() - start > 4 * PATIENCE_S)
        assert (await phone.refused({"type": "join", "topic": "x"}))["code"] == "not_found"


async def test_a_peer_that_ends_in_the_middle_of_a_frame_is_let_go(
    node: Node, anna: Person
) -> None:
    async with tcp(node) as end:
        await end.handshake(node)
        end.write(TEXT, hello(anna.token))
        await end.frame()
        end.writer.write(b"\x81\xfe\xff")
        end.writer.write_eof()
        await end.until_closed()
        await until(lambda: not node.house.fanout.hub.is_online(anna.user_id))
