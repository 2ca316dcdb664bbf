"""The outbox on a real PostgreSQL, the queue in a real Redis."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from backend.persistence.database import Database
from tests.jobs import sample_jobs
from tests.support.servers import Servers


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[Database]:
    """The database with an empty outbox, for the test to look into."""
    owner = await asyncpg.connect(servers.urls.owner)
    await owner.execute(sample_jobs.SQL)
    await owner.execute("TRUNCATE job, dead_letter, tell, test_ran, test_gate")
    await owner.close()
    database = await Database(servers.urls.app).open()
    yield database
    await database.close()
