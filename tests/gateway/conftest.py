"""Two people, and the promise every test of this folder ends with: the node is unharmed."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
import structlog

from tests.gateway.raw import raw
from tests.support.clock import FakeClock
from tests.support.node import Node, running_node
from tests.support.people import Person, sign_up
from tests.support.servers import Servers

_KEPT = """
SELECT (SELECT count(*) FROM event) AS events,
       (SELECT count(*) FROM outcome WHERE granted) AS granted,
       (SELECT md5(string_agg(concat(id, name, time_zone, updated_at), ',' ORDER BY id))
        FROM "user") AS people
"""


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    """The clock of the node."""
    return FakeClock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(servers: Servers, clock: FakeClock) -> AsyncIterator[Node]:
    """One node for all tests of a file: what one of them breaks, the next one feels."""
    async with running_node(servers, clock) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def anna(node: Node, clock: FakeClock) -> Person:
    """Who attacks."""
    return await sign_up(node, clock, "Anna")


@pytest_asyncio.fixture(loop_scope="module")
async def ben(node: Node, clock: FakeClock) -> Person:
    """Who wants to be left alone."""
    return await sign_up(node, clock, "Ben")


@dataclass(frozen=True)
class Kept:
    """What is durable, as it was at a moment."""

    servers: Servers

    async def look(self) -> dict[str, Any]:
        """Read it."""
        connection = await asyncpg.connect(self.servers.urls.owner)
        try:
            (row,) = await connection.fetch(_KEPT)
            return dict(row)
        finally:
            await connection.close()


@pytest.fixture
def kept(servers: Servers) -> Kept:
    """Looks at what is durable."""
    return Kept(servers)


@pytest_asyncio.fixture(loop_scope="module")
async def nothing_changes(kept: Kept, anna: Person, ben: Person) -> AsyncIterator[None]:
    """Whatever the test does, nothing durable may come of it."""
    assert anna.user_id != ben.user_id
    before = await kept.look()
    yield
    assert await kept.look() == before


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def unharmed(
    node: Node, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[None]:
    """Afterwards the node serves as before, and no bug has shown itself."""
    bugs: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: bugs.append(context))
    with structlog.testing.capture_logs() as said:
        yield
        carl = await sign_up(node, clock, "Carl")
        async with raw(node, clock) as phone:
            await phone.hello(carl.token)
            assert (await phone.rename("Karl"))["ok"]["profile"]["name"] == "Karl"
    bugs += [line for line in said if line["log_level"] in {"error", "critical"}]
    bugs += [line.getMessage() for line in caplog.records if line.levelno >= logging.ERROR]
    assert bugs == []
