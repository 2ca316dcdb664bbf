"""Connections are let in one at a time, and so many a second; who comes for a socket waits."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from backend.gateway.line import Line
from backend.web import entrance
from backend.web.entrance import Entrance
from backend.web.waiting import COME_AGAIN
from tests.support.until import until


class Counting(asyncio.Protocol):
    """Counts who has come in."""

    come = 0
    waited = 0

    def __init__(self, has_waited: bool) -> None:  # noqa: FBT001
        Counting.waited += has_waited

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        Counting.come += 1
        transport.close()


def free() -> Line:
    """A line in which nobody waits."""
    return Line(1_000_000, 1_000_000, waiting_max=0)


def one_a_long_time(waiting_max: int) -> Line:
    """A line that moves once, and then hardly ever."""
    return Line(0.001, 1, waiting_max=waiting_max)


@pytest.fixture
async def door() -> AsyncIterator[socket.socket]:
    Counting.come = Counting.waited = 0
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listening:
        yield listening


def knock(door: socket.socket, count: int, saying: bytes = b"") -> list[socket.socket]:
    knocking = [socket.create_connection(door.getsockname()) for _ in range(count)]
    for connection in knocking:
        connection.sendall(saying)
        connection.setblocking(False)  # noqa: FBT003
    return knocking


async def said_to(connection: socket.socket) -> bytes:
    async with asyncio.timeout(5):
        return await asyncio.get_running_loop().sock_recv(connection, 1_000)


async def test_all_who_come_are_let_in_with_rounds_of_the_loop_between(door: socket.socket) -> None:
    rounds = 0
    waiting = knock(door, 50)
    way_in = Entrance(door, Counting, free())
    while Counting.come < 50:
        await asyncio.sleep(0)
        rounds += 1
    assert rounds >= 50
    way_in.close()
    for connection in waiting:
        connection.close()


async def test_beyond_the_burst_so_many_a_second(
    door: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "BURST_MAX", 5)
    monkeypatch.setattr(entrance, "PER_S_MAX", 50)
    waiting = knock(door, 10)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    way_in = Entrance(door, Counting, free())
    await until(lambda: Counting.come == 10)
    assert loop.time() - begun >= 4 / 50
    way_in.close()
    for connection in waiting:
        connection.close()


async def test_who_comes_for_a_socket_waits_and_who_asks_anything_else_does_not(
    door: socket.socket,
) -> None:
    line = one_a_long_time(waiting_max=2)
    phones = knock(door, 4, b"GET /v1/socket HTTP/1.1\r\n")
    probes = knock(door, 3, b"GET /readyz HTTP/1.1\r\n")
    way_in = Entrance(door, Counting, line)
    await until(lambda: Counting.come == 1 + len(probes))
    assert Counting.waited == 1, "of the phones only the first had its turn"
    assert len(line) == 2
    assert await said_to(phones[3]) == COME_AGAIN
    assert await said_to(phones[3]) == b""
    line.hurry()
    await until(lambda: Counting.waited == 3)
    way_in.close()
    for connection in phones + probes:
        connection.close()


async def test_who_hung_up_while_waiting_takes_nobodys_turn(door: socket.socket) -> None:
    line = Line(20, 1, waiting_max=100)
    phones = knock(door, 40, b"GET /v1/socket HTTP/1.1\r\n")
    way_in = Entrance(door, Counting, line)
    await until(lambda: len(line) + Counting.come == 40)
    begun = Counting.come
    for gone in phones[:-1]:
        gone.close()
    # Forty turns would take two seconds.
    await until(lambda: len(line) == 0, within_s=1)
    await until(lambda: Counting.come > begun)
    assert Counting.come <= begun + 3
    assert Counting.waited == Counting.come
    way_in.close()
    phones[-1].close()


async def test_closed_it_lets_nobody_in_and_leaves_the_door_open(door: socket.socket) -> None:
    Entrance(door, Counting, free()).close()
    waiting = knock(door, 1)
    for _ in range(20):
        await asyncio.sleep(0)
    assert Counting.come == 0
    successor = Entrance(door, Counting, free())
    await until(lambda: Counting.come == 1)
    successor.close()
    waiting[0].close()


async def test_without_a_file_left_it_looks_again_later(
    door: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "FULL_WAIT_S", 0.01)
    is_full = True
    really = socket.socket.accept

    def accept(self: socket.socket) -> tuple[socket.socket, object]:
        if is_full:
            raise OSError(24, "Too many open files")
        return really(self)

    monkeypatch.setattr(socket.socket, "accept", accept)
    waiting = knock(door, 1)
    way_in = Entrance(door, Counting, free())
    await asyncio.sleep(0)
    assert Counting.come == 0
    is_full = False
    await until(lambda: Counting.come == 1)
    way_in.close()
    waiting[0].close()
