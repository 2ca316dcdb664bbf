"""Servers as processes on embedded servers that these tests have to themselves, to break them."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from backend.embedded import DatabaseUrls, EmbeddedPostgres, EmbeddedRedis, prepare_database
from backend.persistence.database import Database
from backend.persistence.migrating import migrate
from tests.support.processes import ServerProcesses
from tests.support.superuser import Superuser


@dataclass(frozen=True)
class Ground:
    """PostgreSQL and Redis, to be stopped and started."""

    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    urls: DatabaseUrls
    folder: Path


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    """PostgreSQL and Redis for the fault tests of this process."""
    folder = Path(tempfile.mkdtemp(prefix="tandem-faults-"))
    folder.chmod(0o755)
    postgres = EmbeddedPostgres(folder / "pg", durable=False)
    redis = EmbeddedRedis(folder / "redis")

    async def start() -> DatabaseUrls:
        await postgres.start()
        await redis.start()
        urls = await prepare_database(postgres)
        await migrate(urls.owner)
        return urls

    async def stop() -> None:
        await redis.stop()
        await postgres.stop()

    urls = asyncio.run(start())
    try:
        yield Ground(postgres, redis, urls, folder)
    finally:
        asyncio.run(stop())
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def processes(ground: Ground) -> AsyncIterator[ServerProcesses]:
    """Start API processes that end with the test."""
    folder = Path(tempfile.mkdtemp(dir=ground.folder))
    started = ServerProcesses(ground.urls.app, ground.redis.url, folder)
    yield started
    await started.end_all()


@pytest.fixture
async def database(ground: Ground) -> AsyncIterator[None]:
    """Have `fetch` read in the test's own process what the servers wrote."""
    found = await Database(ground.urls.app).open()
    yield
    await found.close()


@pytest.fixture
async def superuser(ground: Ground) -> AsyncIterator[Superuser]:
    """A session that may do anything."""
    connection = await asyncpg.connect(ground.postgres.dsn("tandem"))
    yield connection
    await connection.close()
