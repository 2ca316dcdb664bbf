"""A push service on this machine, and the key a server is known by there."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from backend.integrations.vapid import VapidKeys, generate_vapid_keys
from backend.integrations.web_push import WebPush
from tests.domains.notifications.push_service import PushService, push_service
from tests.domains.notifications.sending import sender
from tests.support.couple import couple
from tests.support.node import Node
from tests.support.verify import verify_turn

__all__ = ["couple", "verify_turn"]


@pytest.fixture(autouse=True)
def verified(request: pytest.FixtureRequest) -> None:
    """Compare memory with rows at the end of every test that runs a node."""
    if "node" in request.fixturenames:
        request.getfixturevalue("verify_turn")


@pytest.fixture
def pushing_node(node: Node, keys: VapidKeys) -> Node:
    """A node that takes subscriptions of the push service on this machine."""
    node.house.settings = msgspec.structs.replace(
        node.house.settings, vapid_private_key=keys.private_key, push_allows_loopback=True
    )
    return node


@pytest.fixture(scope="session")
def keys() -> VapidKeys:
    """A key pair made once."""
    return generate_vapid_keys()


@pytest.fixture
async def service(keys: VapidKeys) -> AsyncIterator[PushService]:
    """A push service; it ends with the test, and everything it received was in order."""
    async with push_service(keys.public_key) as running:
        yield running


@pytest.fixture
async def web_push(keys: VapidKeys) -> AsyncIterator[WebPush]:
    """A sender that may reach it."""
    async with sender(keys) as sending:
        yield sending
