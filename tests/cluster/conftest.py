"""Two nodes on one database and one Redis, and a couple of which each is at another."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from actors.placement import SHARDS
from tests.support.clock import FakeClock
from tests.support.couple import Couple, unite
from tests.support.node import Node, running_node
from tests.support.people import sign_up
from tests.support.servers import Servers
from tests.support.until import until


@dataclass(frozen=True)
class Nodes:
    """Two nodes that share the shards."""

    first: Node
    second: Node

    def owner_of(self, address: str) -> Node:
        """Find the node where an actor lives."""
        (owner,) = [
            node
            for node in (self.first, self.second)
            if node.house.membership.is_ours(address)  # type: ignore[arg-type]
        ]
        return owner

    def other(self, node: Node) -> Node:
        """Find the node that is not this one."""
        return self.second if node is self.first else self.first


def share(*nodes: Node) -> bool:
    """Tell whether nodes know each other, each has its share, and no shard is nobody's."""
    owned = [node.house.membership.owned for node in nodes]
    seen = {node.house.membership.view.owners for node in nodes}
    return len(seen) == 1 and sum(owned) == SHARDS and min(owned) > 0


@pytest.fixture
async def nodes(servers: Servers, clock: FakeClock) -> AsyncIterator[Nodes]:
    """Two nodes that know each other."""
    async with running_node(servers, clock) as first, running_node(servers, clock) as second:
        await until(lambda: share(first, second))
        yield Nodes(first, second)


@pytest.fixture
async def couple(nodes: Nodes, clock: FakeClock) -> Couple:
    """Anna at the first node, Ben at the second."""
    anna = await sign_up(nodes.first, clock, "Anna")
    ben = await sign_up(nodes.second, clock, "Ben")
    return Couple(anna, ben, await unite(anna, ben))
