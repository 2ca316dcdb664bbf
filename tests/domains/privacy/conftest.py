"""Two people with a life, and a desk where what they ask for is done."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.support.couple import couple
from tests.support.desk import Desk, open_desk
from tests.support.node import Node
from tests.support.servers import Servers
from tests.support.verify import verify_turn

__all__ = ["couple", "verify_turn"]


@pytest.fixture(autouse=True)
def verified(request: pytest.FixtureRequest) -> None:
    """Compare memory with rows at the end of every test that runs a node."""
    if "node" in request.fixturenames:
        request.getfixturevalue("verify_turn")


@pytest.fixture
async def desk(servers: Servers, node: Node) -> AsyncIterator[Desk]:
    """A desk; nothing waits on it."""
    owner = await asyncpg.connect(servers.urls.owner)
    await owner.execute("TRUNCATE job")
    await owner.close()
    async with open_desk(servers, node) as opened:
        yield opened
