"""A node that takes cards, two people with money, and a till between them."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from redis.asyncio import Redis

from backend.embedded.stripe import EmbeddedStripe
from tests.domains.payments.till import Till, open_till
from tests.support.clock import FakeClock
from tests.support.couple import couple
from tests.support.desk import Desk, open_desk
from tests.support.node import Node, running_node
from tests.support.people import Person, sign_up
from tests.support.promises import be_of_age
from tests.support.servers import Servers
from tests.support.stripe import settings_of, stand_in
from tests.support.verify import verify_turn

__all__ = ["couple", "stand_in", "verify_turn"]


@pytest.fixture(autouse=True)
def verified(request: pytest.FixtureRequest) -> None:
    """Compare memory with rows, and look at the books, at the end of every test with a node."""
    if "node" in request.fixturenames:
        request.getfixturevalue("verify_turn")


@pytest.fixture
async def node(servers: Servers, clock: FakeClock, stand_in: EmbeddedStripe) -> AsyncIterator[Node]:
    """A running node that takes cards."""
    async with Redis.from_url(servers.redis_url) as redis:
        await redis.flushdb()
    async with running_node(servers, clock, **settings_of(stand_in)) as running:
        yield running


@pytest.fixture
async def desk(servers: Servers, node: Node) -> AsyncIterator[Desk]:
    """A desk; nothing waits on it."""
    owner = await asyncpg.connect(servers.urls.owner)
    await owner.execute("TRUNCATE job, stripe_webhook, stripe_reconciliation")
    await owner.close()
    async with open_desk(servers, node) as opened:
        yield opened


@pytest.fixture
async def till(desk: Desk, stand_in: EmbeddedStripe) -> AsyncIterator[Till]:
    """A till."""
    async with open_till(desk, stand_in) as opened:
        yield opened


@pytest.fixture
async def anna(node: Node, clock: FakeClock) -> Person:
    """Somebody of age."""
    return await be_of_age(await sign_up(node, clock, "Anna"))
