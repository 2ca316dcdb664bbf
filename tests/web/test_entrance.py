"""Connections are let in one at a time, and so many a second; who asks meanwhile is served."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from backend.web import entrance
from backend.web.entrance import Entrance
from tests.support.until import until


class Counting(asyncio.Protocol):
    """Counts who has come in."""

    come = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        Counting.come += 1
        transport.close()


def nobody() -> int:
    """Nobody waits inside."""
    return 0


@pytest.fixture
async def door() -> AsyncIterator[socket.socket]:
    Counting.come = 0
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listening:
        yield listening


def knock(door: socket.socket, count: int) -> list[socket.socket]:
    return [socket.create_connection(door.getsockname()) for _ in range(count)]


async def test_all_who_come_are_let_in_with_rounds_of_the_loop_between(door: socket.socket) -> None:
    rounds = 0
    waiting = knock(door, 50)
    way_in = Entrance(door, Counting, nobody)
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
    way_in = Entrance(door, Counting, nobody)
    await until(lambda: Counting.come == 10)
    assert loop.time() - begun >= 4 / 50
    way_in.close()
    for connection in waiting:
        connection.close()


async def test_while_many_wait_inside_others_come_in_more_slowly(
    door: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "CROWD_PER_S_MAX", 50)
    waiting = knock(door, 10)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    way_in = Entrance(door, Counting, lambda: entrance.CROWD + 1)
    await until(lambda: Counting.come == 10)
    assert loop.time() - begun >= 8 / 50
    way_in.close()
    for connection in waiting:
        connection.close()


async def test_closed_it_lets_nobody_in_and_leaves_the_door_open(door: socket.socket) -> None:
    Entrance(door, Counting, nobody).close()
    waiting = knock(door, 1)
    for _ in range(20):
        await asyncio.sleep(0)
    assert Counting.come == 0
    successor = Entrance(door, Counting, nobody)
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
    way_in = Entrance(door, Counting, nobody)
    await asyncio.sleep(0)
    assert Counting.come == 0
    is_full = False
    await until(lambda: Counting.come == 1)
    way_in.close()
    waiting[0].close()
