"""What every test here has."""

from collections.abc import AsyncIterator

import pytest

from tests.domains.usdc.scene import Scene, open_scene
from tests.support.chain import LocalChain
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.verify import verify_turn

__all__ = ["verify_turn"]


@pytest.fixture(autouse=True)
def verified(request: pytest.FixtureRequest) -> None:
    """Compare memory with rows, and look at all invariants, after every test that runs a node."""
    if "node" in request.fixturenames:
        request.getfixturevalue("verify_turn")


@pytest.fixture
async def scene(node: Node, clock: FakeClock, local_chain: LocalChain) -> AsyncIterator[Scene]:
    """A node with a chain."""
    async with open_scene(node, clock, local_chain) as opened:
        yield opened
