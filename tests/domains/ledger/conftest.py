"""The ledger on a real PostgreSQL."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from backend.domains.ledger import invariants
from backend.persistence.database import Database
from backend.persistence.guards import Connection
from backend.persistence.invariants import invariants_of
from tests.domains.ledger.book import Book
from tests.support.servers import Servers


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[Database]:
    """The database, open for reading."""
    database = await Database(servers.urls.app).open()
    yield database
    await database.close()


@pytest.fixture
async def book(database: Database) -> AsyncIterator[Book]:
    """The ledger; when the test is over, all that must hold of it still does."""
    connection = await database.connection("test ledger")
    yield Book(connection)
    await connection.close()
    for invariant in invariants_of([invariants]):
        assert await invariant.broken() == [], invariant.sentence


@pytest.fixture
async def owner(servers: Servers) -> AsyncIterator[Connection]:
    """A connection of the role that owns the tables."""
    connection = await asyncpg.connect(servers.urls.owner)
    yield connection
    await connection.close()
