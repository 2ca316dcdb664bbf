"""How a node says it is: what it holds, and what waits in it."""

import asyncio
from collections import Counter

import asyncpg

from protocol.address import kind_of
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import sign_up, with_phones
from tests.support.servers import Servers
from tests.support.until import until

PROFILE = {"type": "identity.change_profile", "nickname": "Annie"}


async def test_sockets_people_topics_and_actors_are_counted(node: Node, clock: FakeClock) -> None:
    anna = await sign_up(node, clock, "Anna")
    read = node.house.reader.read
    async with with_phones(anna, anna) as [phone, _]:
        await until(lambda: read().topics == 2)  # Her own, and the announcements.
        before = read()
        await phone.ask(PROFILE)
        state = read()
        awake = Counter(kind_of(address) for address in node.house.system.actors)
    assert (state.sockets, state.people) == (2, 1)
    assert state.commands_granted - before.commands_granted == 1
    assert Counter(state.actors) == awake
    assert awake["user"] >= 1  # Others may be awake, to hear what they were told before.
    assert state.commits.batches > before.commits.batches
    assert state.commits.batch_commands
    assert state.commits.took_ms
    assert state.commits.took_ms.p99 > 0
    assert state.memory_bytes is None or state.memory_bytes > 10_000_000
    assert state.shards == list(range(256))

    async def has_left() -> bool:
        await clock.advance(seconds=node.house.settings.actor_idle_s)
        return read().actors["user"] == 0

    await until(has_left)


async def test_what_waits_behind_a_commit_is_seen_in_its_mailbox(
    node: Node, clock: FakeClock, servers: Servers
) -> None:
    anna, ben = await sign_up(node, clock, "Anna"), await sign_up(node, clock, "Ben")
    read = node.house.reader.read
    owner = await asyncpg.connect(servers.urls.owner)
    async with with_phones(anna, ben) as [annas, bens]:
        async with owner.transaction():
            await owner.execute("LOCK TABLE head IN EXCLUSIVE MODE")
            asks = [asyncio.create_task(annas.ask(PROFILE))]
            await until(lambda: any(lane.is_busy for lane in node.house.committer.lanes))
            asks += [asyncio.create_task(annas.ask(PROFILE)) for _ in range(5)]
            asks += [asyncio.create_task(bens.ask(PROFILE))]
            await until(lambda: read().mailboxes.waiting == 5)
            await until(lambda: read().commits.turns_waiting["commands"] == 1)
            assert read().mailboxes.fullest == 5
        await asyncio.gather(*asks)
    await owner.close()
    assert read().mailboxes.waiting == read().mailboxes.fullest == 0
