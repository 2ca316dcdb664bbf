"""A node that was cut off, and is back before it has said goodbye to everybody."""

import asyncio
from contextlib import AsyncExitStack

from protocol.closing import Closing
from protocol.limits import HEARTBEAT_S
from tests.gateway.raw import raw
from tests.support.clock import FakeClock
from tests.support.node import running_node
from tests.support.people import sign_up
from tests.support.servers import Servers
from tests.support.until import until


async def test_who_was_not_sent_away_yet_stays_and_hears_the_heartbeat(
    servers: Servers, clock: FakeClock
) -> None:
    async with running_node(servers, clock) as node, AsyncExitStack() as phones:
        gateway = node.house.gateway
        anna, ben = await sign_up(node, clock, "Anna"), await sign_up(node, clock, "Ben")
        first = await phones.enter_async_context(raw(node, clock))
        await first.hello(anna.token)
        second = await phones.enter_async_context(raw(node, clock))
        await second.hello(ben.token)
        goodbye = asyncio.create_task(gateway.close_all(Closing.MOVING, over_s=20))
        await until(lambda: len(gateway.sockets) == 1)
        gateway.open_again()
        await clock.advance(seconds=20)
        await goodbye
        assert gateway.sockets, "Ben was let be"
        await clock.advance(seconds=HEARTBEAT_S)
        await second.next("heartbeat")
