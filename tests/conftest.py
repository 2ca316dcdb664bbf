"""Fixtures every test may ask for."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from zlib import crc32

import pytest
import structlog
from redis.asyncio import Redis

from tests.support import collecting
from tests.support.chain import LocalChain, running_chain
from tests.support.clock import FakeClock
from tests.support.kept_connections import kept_connections
from tests.support.node import Node, running_node
from tests.support.servers import Servers, embedded_servers

# A module is compiled once, not by each of the processes that tests start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# No public authority vouches for anybody here; each HTTP client would read the certificates of all.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)
# As the log of a server, in plain words: to paint one trace takes a third of a second.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mix the files, always alike: what waits for processes runs beside what needs none."""
    items.sort(key=lambda item: crc32(item.path.name.encode()))


def pytest_collection_finish() -> None:
    """Begin with all tests imported."""
    collecting.begin()


def pytest_runtest_logfinish() -> None:
    """Collect what a test has left, before the next."""
    collecting.collect()


@pytest.fixture(scope="session", autouse=True)
async def _connections_are_kept() -> AsyncIterator[None]:
    """Have the connections of a test serve the next one; all of them share an event loop."""
    with kept_connections(asyncio.get_running_loop()):
        yield


@pytest.fixture(autouse=True)
async def _one_after_another() -> AsyncIterator[None]:
    """End what a test has left running, before the next."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and Redis for this test process."""
    folder = Path(tempfile.mkdtemp(prefix="tandem-tests-"))
    folder.chmod(0o755)
    try:
        with embedded_servers(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def local_chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalChain]:
    """A chain with a dollar on it for this test process; a test begins with addresses of its own.

    What is compiled for it is kept beside the folders of all test processes.
    """
    folder = tmp_path_factory.mktemp("chain")
    with running_chain(folder, tmp_path_factory.getbasetemp().parent) as running:
        yield running


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still until the test moves it."""
    return FakeClock()


@pytest.fixture
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    """An empty Redis."""
    client = Redis.from_url(servers.redis_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
async def node(servers: Servers, clock: FakeClock) -> AsyncIterator[Node]:
    """A running node; it has taken over from the node of the test before."""
    # Counts of tries stand in Redis, by clocks that differ from test to test.
    async with Redis.from_url(servers.redis_url) as redis:
        await redis.flushdb()
    async with running_node(servers, clock) as running:
        yield running
