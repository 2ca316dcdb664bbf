"""Connections to the simulated database: messages that take time, get lost, and come too late.

Both directions of a connection keep their order. While a node is cut off, what was sent is on its
way and arrives afterwards, as TCP has it; when a connection is reset, what was on its way may have
arrived or not, and either side may or may not notice.
"""

import asyncio
import itertools
from collections.abc import Callable
from random import Random
from typing import Any

import asyncpg

from tests.simulation.scheduling import NodeLoop, Schedule
from tests.simulation.server import Backend, Server, Statement

CONNECTED_WITHIN_S = 5.0
ANSWERED_WITHIN_S = 5.0


def latency_s(random: Random) -> float:
    """Draw how long a message takes: mostly little, seldom much."""
    drawn = random.random()
    if drawn < 0.9:
        return random.uniform(0.0002, 0.003)
    return random.uniform(0.003, 0.05) if drawn < 0.99 else random.uniform(0.05, 1.0)


class Road:
    """All ways between one node and the database; a partition closes them for a while."""

    def __init__(self, schedule: Schedule, random: Random) -> None:
        """Be open."""
        self.schedule = schedule
        self.random = random
        self.is_closed = False
        self._held: list[tuple[Channel, Callable[[], None]]] = []

    def hold(self, channel: "Channel", deliver: Callable[[], None]) -> None:
        """Keep a message until the way is open again."""
        self._held.append((channel, deliver))

    def close(self) -> None:
        """Let nothing pass."""
        self.is_closed = True

    def open(self) -> None:
        """Let everything pass, first of all what waits."""
        self.is_closed = False
        held, self._held = self._held, []
        for channel, deliver in held:
            channel.arrive(deliver)


class Channel:
    """One direction of a connection."""

    def __init__(self, road: Road) -> None:
        """Be open."""
        self._road = road
        self._is_open = True
        self._loses = False
        self._last = 0.0

    def send(self, deliver: Callable[[], None]) -> None:
        """Bring a message to the other side, behind those before it."""
        if self._is_open:
            schedule = self._road.schedule
            self._last = max(self._last, schedule.now + latency_s(self._road.random))
            schedule.at(self._last, self.arrive, deliver)

    def arrive(self, deliver: Callable[[], None]) -> None:
        """Hand a message over, unless it was lost or the way is closed."""
        if self._road.is_closed:
            self._road.hold(self, deliver)
        elif not self._loses:
            deliver()

    def break_off(self, *, loses: bool) -> None:
        """Take nothing more; what is on its way is lost as well, or is not."""
        self._is_open = False
        self._loses = loses


class Connection:
    """A node's side of a connection."""

    def __init__(self, server: Server, road: Road, loop: NodeLoop, name: str) -> None:
        """Be connected."""
        self._is_closed = False
        self.pid = 0
        self._server = server
        self._road = road
        self._loop = loop
        self._there, self._back = Channel(road), Channel(road)
        self._backend: Backend = server.connect(name, self._hung_up)
        self.pid = self._backend.pid
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}

    def is_closed(self) -> bool:
        """Tell whether it has ended, as far as this side knows."""
        return self._is_closed

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the driver's own word
        """Say goodbye; nobody here waits for an answer to that."""
        del timeout
        self.terminate()

    async def ask(self, statement: Statement, timeout_s: float | None = None) -> Any:
        """Have a statement run. Raises what asyncpg raises."""
        if self._is_closed:
            raise asyncpg.InterfaceError("connection is closed")
        number = next(self._numbers)
        future: asyncio.Future[Any] = self._loop.create_future()
        self._asked[number] = future

        def answer(result: Any, problem: Exception | None) -> None:
            self._back.send(lambda: self._answered(number, result, problem))

        self._there.send(lambda: self._backend.receive(number, statement, answer))
        try:
            async with asyncio.timeout(timeout_s or ANSWERED_WITHIN_S):
                return await future
        except TimeoutError:
            self._cancel(number)
            raise
        finally:
            self._asked.pop(number, None)

    async def add_listener(self, _channel: str, _heard: Callable[..., None]) -> None:
        """Listen to a channel on which nobody here ever says anything."""

    def listen(self, heard: Callable[[], None]) -> None:
        """Have something called whenever others notify."""

        def pass_on() -> None:
            self._loop.call_soon(heard)

        self._server.changed[self.pid] = lambda: self._back.send(pass_on)

    def _cancel(self, number: int) -> None:
        """Ask over another connection that it be stopped."""
        other = Channel(self._road)
        other.send(lambda: None if self._road.is_closed else self._backend.cancel(number))

    def _answered(self, number: int, result: Any, problem: Exception | None) -> None:
        def settle() -> None:
            future = self._asked.get(number)
            if future is None or future.done():
                return
            if problem is None:
                future.set_result(result)
            else:
                future.set_exception(problem)

        self._loop.call_soon(settle)

    def _hung_up(self) -> None:
        self._back.send(self.lose)

    def lose(self) -> None:
        """Notice that the other side has gone."""
        self._loop.call_soon(self._lost)

    def _lost(self) -> None:
        self._is_closed = True
        for future in self._asked.values():
            if not future.done():
                problem = "connection was closed in the middle of operation"
                future.set_exception(asyncpg.ConnectionDoesNotExistError(problem))

    def terminate(self) -> None:
        """Let go of it."""
        if not self._is_closed:
            self._is_closed = True
            self._there.send(self._backend.hear_no_more)

    def reset(self, random: Random) -> None:
        """Break, in one of the ways connections break."""
        self._there.break_off(loses=random.random() < 0.5)
        self._back.break_off(loses=random.random() < 0.5)
        if random.random() < 0.8:
            self._road.schedule.after(random.uniform(0.0, 0.2), self.lose)
        if random.random() < 0.8:
            after_s = random.uniform(0.0, 0.2)
            self._road.schedule.after(after_s, self._backend.hear_no_more)

    def crash(self, random: Random, *, is_noticed: bool) -> None:
        """End with its node; the server hears of it, or finds out by itself."""
        self._is_closed = True
        loses = random.random() < 0.5
        if is_noticed:
            self._there.send(self._backend.hear_no_more)
            loses = False
        self._there.break_off(loses=loses)
        self._back.break_off(loses=True)


class Database:
    """The database as one node reaches it; implements `backend.persistence.ports.Connects`."""

    def __init__(self, server: Server, road: Road, loop: NodeLoop) -> None:
        """Begin with no connection."""
        self.server = server
        self.road = road
        self._loop = loop
        self.connections: list[Connection] = []

    async def connection(self, name: str) -> Connection:
        """Open a connection. Raises OSError or TimeoutError."""
        await asyncio.sleep(latency_s(self.road.random))
        if self.road.is_closed:
            await asyncio.sleep(CONNECTED_WITHIN_S)
            raise TimeoutError
        if not self.server.is_up:
            raise ConnectionRefusedError("connection refused")
        made = Connection(self.server, self.road, self._loop, name)
        self.connections = [kept for kept in self.connections if not kept.is_closed()]
        self.connections.append(made)
        await made.ask(_nothing)
        return made


def _nothing(_backend: Backend) -> Any:
    yield from ()
