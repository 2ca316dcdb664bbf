"""The engine on a real database."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from backend.persistence.invariants import NumbersAreContiguous
from protocol.address import key_of
from tests.support.clock import FakeClock
from tests.support.engine import Engine, engine, reloaded, remembered
from tests.support.servers import Servers
from tests.support.superuser import Superuser


@pytest.fixture
async def running(servers: Servers, clock: FakeClock) -> AsyncIterator[Engine]:
    """An engine with counters for actors; afterwards memory and numbers are verified."""
    async with engine(servers, clock) as found:
        yield found
        await verify(found)


async def verify(running: Engine) -> None:
    """What every actor remembers is what the tables say, and no topic has a hole."""
    for address, actor in list(running.system.actors.items()):
        if actor.turn is None and running.part in actor.states:
            key = key_of(address)
            assert remembered(running, key) == await reloaded(running, key), address
    assert await NumbersAreContiguous().broken() == []


@pytest.fixture
async def superuser(servers: Servers) -> AsyncIterator[Superuser]:
    """A session that may do anything, beside the engine's own."""
    connection = await asyncpg.connect(servers.postgres.dsn("tandem"))
    yield connection
    await connection.close()
