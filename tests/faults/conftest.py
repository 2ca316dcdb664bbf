"""Servers as processes on embedded servers that these tests have to themselves, to break them."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from backend.embedded import DatabaseUrls, EmbeddedPostgres, EmbeddedRedis
from backend.persistence.database import Database
from tests.support.processes import ServerProcesses
from tests.support.servers import embedded_servers
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
    try:
        with embedded_servers(folder, now=None) as servers:
            yield Ground(servers.postgres, servers.redis, servers.urls, folder)
    finally:
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
