"""Nodes come and go, and words between them are lost; people notice nothing, or a goodbye."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from actors.placement import SHARDS
from protocol.clients.python import Client, Refused
from protocol.clients.python.connection import open_socket
from tests.cluster.conftest import Nodes, share
from tests.support.clock import ClientClock, FakeClock
from tests.support.couple import Couple, Phone
from tests.support.node import Node, running_node
from tests.support.servers import Servers
from tests.support.until import until

MOODS = 30


async def log_moods(phone: Phone, count: int = MOODS) -> None:
    for number in range(count):
        await phone.do("moods.log", mood="calm", mood_score=1 + number % 10)


async def scores_seen(phone: Phone, count: int) -> list[int]:
    return [(await phone.sees("moods.logged"))["mood_score"] for _ in range(count)]


EXPECTED = [1 + number % 10 for number in range(MOODS)]


async def test_a_node_that_joins_is_given_its_share_while_people_go_on(
    couple: Couple, nodes: Nodes, servers: Servers, clock: FakeClock
) -> None:
    async with couple.phones() as (anna, ben):
        logging = asyncio.create_task(log_moods(anna))
        async with running_node(servers, clock) as third:
            await until(lambda: share(nodes.first, nodes.second, third))
            await logging
            assert await scores_seen(ben, MOODS) == EXPECTED
            await log_moods(ben)
            assert await scores_seen(anna, 2 * MOODS) == EXPECTED * 2
        # And it goes again, in order, as it came.
        await until(lambda: share(nodes.first, nodes.second))
        await log_moods(anna)
        assert await scores_seen(ben, 2 * MOODS) == EXPECTED * 2


async def test_the_phones_of_a_node_that_leaves_hear_goodbye_and_go_on_elsewhere(
    servers: Servers, clock: FakeClock, nodes: Nodes, couple: Couple
) -> None:
    async with running_node(servers, clock) as leaving:
        await until(lambda: share(nodes.first, nodes.second, leaving))
        doors = [leaving.socket_url, nodes.first.socket_url]
        async with roaming(couple, doors, clock) as phone, couple.phones() as (_, ben):
            ours = await phone.join(couple.address).ready()
            mood = {"type": "moods.log", "mood": "calm", "mood_score": 7}
            await phone.ask(mood, to=couple.address)
            await ben.sees("moods.logged")

            going = asyncio.create_task(leaving.house.leave())
            await until(lambda: leaving.house.membership.owned == 0)
            doors.pop(0)
            await going
            await ben.do("moods.log", mood="happy", mood_score=8)
            seen = [(await ours.next_push("moods.logged")).event["mood_score"] for _ in range(2)]
            assert seen == [7, 8]
            await phone.ask(mood, to=couple.address)
    assert sum(node.house.membership.owned for node in (nodes.first, nodes.second)) == SHARDS


@asynccontextmanager
async def roaming(couple: Couple, doors: list[str], clock: FakeClock) -> AsyncIterator[Client]:
    """Anna's phone, which comes to the first of these doors that are there."""
    async with Client(
        doors[0],
        token=couple.anna.token,
        clock=ClientClock(clock),
        random=lambda: 0.0,
        open_socket=lambda _url, *rest: open_socket(doors[0], *rest),
    ) as phone:
        yield phone


class Lossy:
    """Loses what one node says to others, while it is told to."""

    def __init__(self, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_losing = False
        self.lost = 0
        self._own = node.house.node_id
        self._transport = node.house.cluster.links._transport  # noqa: SLF001
        assert self._transport is not None
        self._publish = self._transport.publish
        monkeypatch.setattr(self._transport, "publish", self.publish)

    async def publish(self, parcels: Sequence[tuple[UUID, bytes]]) -> None:
        """Say to oneself only."""
        mine = [parcel for parcel in parcels if parcel[0] == self._own]
        self.lost += self.is_losing * (len(parcels) - len(mine))
        await self._publish(mine if self.is_losing else parcels)


async def test_pushes_that_are_lost_between_nodes_come_from_the_log_in_their_order(
    couple: Couple, nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = nodes.owner_of(couple.address)
    lossy = Lossy(owner, monkeypatch)
    async with couple.phones() as (anna, ben):
        here, there = (anna, ben) if owner is couple.anna.node else (ben, anna)
        await log_moods(here, 5)
        assert await scores_seen(there, 5) == EXPECTED[:5]
        lossy.is_losing = True
        await log_moods(here)
        await until(lambda: lossy.lost > 0)
        lossy.is_losing = False
        # Nothing more happens; where the topic stands is said now and then.
        assert await scores_seen(there, MOODS) == EXPECTED
        await log_moods(here, 5)
        assert await scores_seen(there, 5) == EXPECTED[:5]


async def test_who_was_taken_off_a_topic_hears_no_more_though_the_word_of_it_was_lost(
    couple: Couple, nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = nodes.owner_of(couple.address)
    lossy = Lossy(owner, monkeypatch)
    async with couple.phones() as (anna, ben):
        here, there = (anna, ben) if owner is couple.anna.node else (ben, anna)
        lossy.is_losing = True
        await here.do("relationships.leave")
        await until(lambda: lossy.lost > 0)
        lossy.is_losing = False
        node = nodes.other(owner)
        await until(lambda: not node.house.fanout.hub.topics.get(couple.address))
        with pytest.raises(Refused):
            await there.do("moods.log", mood="calm", mood_score=7)
