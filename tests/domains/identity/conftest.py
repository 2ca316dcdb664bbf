"""The room's routes on a real PostgreSQL and a real Redis."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from redis.asyncio import Redis

from backend.domains.identity import IdentitySettings, Origin
from backend.domains.identity.tables import APP_CONFIG
from backend.persistence.columns import quoted
from backend.persistence.database import Database
from tests.domains.identity.door import CHEAP, Door, Owner, app
from tests.domains.identity.post_office import PostOffice, post_office
from tests.support.clock import FakeClock
from tests.support.servers import Servers

HERE = frozenset([Origin("http", "127.0.0.1", 8000)])
TABLES = ", ".join(quoted(table) for table in APP_CONFIG.table_classes)


@pytest.fixture
async def owner(servers: Servers) -> AsyncIterator[Owner]:
    """A connection of the role that owns the tables, which are empty."""
    connection = await asyncpg.connect(servers.urls.owner)
    await connection.execute(f"TRUNCATE {TABLES}, job CASCADE")
    yield connection
    await connection.close()


@pytest.fixture
async def door(
    servers: Servers, owner: Owner, clock: FakeClock, redis: Redis
) -> AsyncIterator[Door]:
    """The room, empty and open."""
    del owner  # It emptied the tables.
    database = await Database(servers.urls.app).open()
    door = Door(clock, redis, app()).open(IdentitySettings(passwords=CHEAP, return_to=HERE))
    yield door
    door.close()
    await database.close()


@pytest.fixture
async def post(servers: Servers, door: Door) -> AsyncIterator[PostOffice]:
    """Whoever brings what the room sends."""
    async with post_office(servers, door) as office:
        yield office
