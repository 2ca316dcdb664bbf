"""Many come for a socket at once: they wait in line, and nothing else waits with them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest

from backend.gateway.bucket import Bucket
from backend.gateway.line import Line
from backend.web.waiting import COME_AGAIN
from tests.gateway.raw import Tcp, tcp, upgrade
from tests.support.clock import FakeClock
from tests.support.node import Node, running_node
from tests.support.servers import Servers
from tests.support.until import until


class Crowded:
    """A node in whose line nobody moves, and connections that wait in it."""

    def __init__(self, node: Node, line: Line, phones: contextlib.AsyncExitStack) -> None:
        self.node = node
        self.line = line
        self._phones = phones

    async def comes(self) -> tuple[Tcp, asyncio.Task[str]]:
        """Have somebody ask for a socket, who has asked for nothing before."""
        before = len(self.line)
        phone = await self._phones.enter_async_context(tcp(self.node, saying=upgrade(self.node)))
        answer = asyncio.create_task(phone.head())
        await until(lambda: len(self.line) > before)
        return phone, answer

    async def asks_first(self) -> tuple[Tcp, asyncio.Task[str]]:
        """Have somebody ask for a socket on a connection that has served for something else."""
        phone = await self._phones.enter_async_context(tcp(self.node))
        phone.writer.write(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
        head = await phone.reader.readuntil(b"\r\n\r\n")
        (length,) = [line for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
        await phone.reader.readexactly(int(length.partition(b":")[2]))
        before = len(self.line)
        answer = asyncio.create_task(phone.handshake(self.node))
        await until(lambda: len(self.line) > before)
        return phone, answer


@contextlib.asynccontextmanager
async def crowd(servers: Servers, clock: FakeClock) -> AsyncIterator[Crowded]:
    """Run a node; who waits is cut off only after it has stopped."""
    async with contextlib.AsyncExitStack() as phones, running_node(servers, clock) as node:
        line = node.house.gateway.arrivals
        line._bucket = Bucket(0.001, 0, 0.0)  # noqa: SLF001 - as full as any line can be
        yield Crowded(node, line, phones)


@pytest.fixture
async def crowded(servers: Servers, clock: FakeClock) -> AsyncIterator[Crowded]:
    async with crowd(servers, clock) as found:
        yield found


async def test_a_probe_and_a_page_are_answered_while_phones_wait(crowded: Crowded) -> None:
    answers = [(await crowded.comes())[1] for _ in range(5)]
    async with httpx.AsyncClient(base_url=crowded.node.http_url, trust_env=False) as http:
        assert (await http.get("/readyz")).status_code == 200
    assert not any(answer.done() for answer in answers)
    crowded.line.hurry()
    for answer in answers:
        assert (await answer).startswith("HTTP/1.1 101 ")


async def test_who_has_asked_for_something_else_before_waits_as_well(crowded: Crowded) -> None:
    _, answer = await crowded.asks_first()
    assert not answer.done()
    crowded.line.hurry()
    assert (await answer).startswith("HTTP/1.1 101 ")


@pytest.mark.parametrize("how", ["comes", "asks_first"])
async def test_who_gives_up_waiting_is_let_go_of(crowded: Crowded, how: str) -> None:
    phone, answer = await getattr(crowded, how)()
    phone.writer.transport.abort()
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        await answer
    await until(lambda: len(crowded.line) == 0)
    assert not crowded.node.house.gateway.sockets


@pytest.mark.parametrize("how", ["comes", "asks_first"])
async def test_who_still_waits_when_the_node_stops_is_told_to_come_again(
    servers: Servers, clock: FakeClock, how: str
) -> None:
    async with crowd(servers, clock) as crowded:
        _, answer = await getattr(crowded, how)()
    assert await answer == COME_AGAIN.decode()
