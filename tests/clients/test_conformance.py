"""Both clients, in every wire format, live through the same script on a real node."""

from protocol.ids import uuid7
from tests.clients.conformance import play
from tests.clients.couple import make_couple
from tests.clients.phone import Phones
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.servers import Servers


async def test_two_people_play_the_script(
    node: Node, servers: Servers, clock: FakeClock, phones: Phones
) -> None:
    couple = await make_couple(node, servers, clock)
    names = {
        "pair": couple.pair,
        "stranger": f"relationship/{uuid7()}",
        # By the node's clock, which the phones learn from it.
        "id": str(uuid7(int(clock.now().timestamp() * 1000))),
    }

    await play(phones, node.socket_url, couple.tokens, names)
