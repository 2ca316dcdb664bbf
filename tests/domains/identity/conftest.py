"""The room's routes on a real PostgreSQL and a real Redis, and a clock that tests move."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from backend.domains.identity import IdentitySettings
from backend.domains.identity.tables import APP_CONFIG
from backend.embedded import EmbeddedPostgres, EmbeddedRedis, prepare_database
from backend.persistence.columns import quoted
from backend.persistence.database import Database
from backend.persistence.migrating import migrate
from tests.domains.identity.door import CHEAP, Door, HandClock, Owner

TABLES = ", ".join(quoted(table) for table in APP_CONFIG.table_classes)


@dataclass(frozen=True)
class Servers:
    """Where the servers of this run are."""

    owner_url: str
    app_url: str
    redis_url: str


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def servers() -> AsyncIterator[Servers]:
    """A migrated PostgreSQL and a Redis."""
    folder = Path(tempfile.mkdtemp(prefix="identity-"))
    folder.chmod(0o711)
    postgres = EmbeddedPostgres(folder / "postgresql", durable=False)
    redis = EmbeddedRedis(folder / "redis", durable=False)
    try:
        async with postgres, redis:
            urls = await prepare_database(postgres)
            await migrate(urls.owner)
            yield Servers(urls.owner, urls.app, redis.url)
    finally:
        shutil.rmtree(folder)


@pytest_asyncio.fixture
async def owner(servers: Servers) -> AsyncIterator[Owner]:
    """A connection of the role that owns the tables, to look at and prepare rows."""
    connection = await asyncpg.connect(servers.owner_url)
    await connection.execute(f"TRUNCATE {TABLES} CASCADE")
    yield connection
    await connection.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest_asyncio.fixture
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    """An empty Redis."""
    client = Redis.from_url(servers.redis_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest_asyncio.fixture
async def door(
    servers: Servers, owner: object, clock: HandClock, redis: Redis
) -> AsyncIterator[Door]:
    """The room, empty and open."""
    del owner  # It empties the tables.
    database = await Database(servers.app_url).open()
    door = Door(clock, redis).open(IdentitySettings(passwords=CHEAP))
    yield door
    door.identity.close()
    await database.close()
