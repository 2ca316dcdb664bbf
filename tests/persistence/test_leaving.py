"""A node that stops in order leaves nothing behind that somebody was told."""

import asyncpg

from tests.support.clock import FakeClock
from tests.support.couple import become_a_couple
from tests.support.node import running_node
from tests.support.servers import Servers


async def test_what_lingers_in_the_mail_is_heard_before_the_node_stops(
    servers: Servers, clock: FakeClock
) -> None:
    async with running_node(servers, clock) as node:
        couple = await become_a_couple(node, clock)
        async with couple.phones() as (anna, _):
            for _ in range(4):
                await anna.do("moods.log", mood="happy", mood_score=8)
    owner = await asyncpg.connect(servers.urls.owner)
    try:
        told = [couple.anna.address, couple.ben.address]
        assert await owner.fetch("SELECT tells FROM tell WHERE receiver = ANY($1)", told) == []
    finally:
        await owner.close()
