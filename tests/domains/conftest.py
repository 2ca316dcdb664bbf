"""Two people who do not know each other yet."""

import pytest

from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import Person, sign_up


@pytest.fixture
async def anna(node: Node, clock: FakeClock) -> Person:
    """Somebody who invites."""
    return await sign_up(node, clock, "Anna")


@pytest.fixture
async def ben(node: Node, clock: FakeClock) -> Person:
    """Somebody who is invited."""
    return await sign_up(node, clock, "Ben")
