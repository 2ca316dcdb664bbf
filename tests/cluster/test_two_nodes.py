"""Two people at two nodes: nothing of what they do shows where they are."""

import asyncio

import pytest

from protocol.clients.python import Refused
from tests.cluster.conftest import Nodes
from tests.support.clock import FakeClock
from tests.support.counter import new_id
from tests.support.couple import Couple, Phone
from tests.support.people import sign_up, with_phones


async def test_what_one_does_the_other_sees_live(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        for number in range(20):
            await anna.do("moods.log", mood="calm", mood_score=1 + number % 10)
        seen = [(await ben.sees("moods.logged"))["mood_score"] for _ in range(20)]
        assert seen == [1 + number % 10 for number in range(20)]
        submitted = await ben.check_in()
        assert await anna.sees("checkins.submitted") == submitted
        # What is for one person alone comes to them as well.
        (item,) = (await anna.hears("notifications.arrived"))["items"]
        assert item["notification_type"] == "checkin_submitted"


async def test_everybody_reaches_their_own_actor_whichever_node_they_come_to(
    nodes: Nodes, clock: FakeClock
) -> None:
    people = [await sign_up(node, clock, "Somebody") for node in (nodes.first, nodes.second) * 10]
    owners = {nodes.owner_of(person.address).port for person in people}
    assert owners == {nodes.first.port, nodes.second.port}
    async with with_phones(*people) as phones:
        changed = {"type": "identity.change_profile", "nickname": "Bear"}
        await asyncio.gather(*[phone.ask(changed) for phone in phones])
    for node in (nodes.first, nodes.second):
        assert node.house.cluster.router.forwarded
        assert node.house.cluster.router.waiting == 0


async def test_a_refusal_and_a_copy_are_answered_as_if_the_actor_lived_here(
    couple: Couple, clock: FakeClock
) -> None:
    async with couple.phones() as (anna, ben):
        for phone in (anna, ben):
            submitted = await phone.check_in(id=(check_in_id := new_id(clock)))
            with pytest.raises(Refused) as refused:
                await phone.check_in()
            assert refused.value.code == "checkins.already_submitted"
            assert await phone.check_in(id=check_in_id) == submitted


async def who_is_there(phone: Phone, status: str) -> str | None:
    """Wait until the other one is shown so; returns what they are doing."""
    while True:
        presence = await phone.ours.next_presence()
        if presence.user_id != str(phone.person.user_id) and presence.status == status:
            return presence.doing


async def test_who_is_there_is_seen_at_the_other_node_with_what_they_are_doing(
    couple: Couple, clock: FakeClock
) -> None:
    async with couple.phones() as (anna, ben):
        await who_is_there(anna, "online")
        await who_is_there(ben, "online")
        for one, other in ((anna, ben), (ben, anna)):
            one.client.set_presence(couple.address, "listening")
            while await who_is_there(other, "online") != "listening":
                pass
        await ben.client.close()
        await clock.advance(seconds=6)
        await who_is_there(anna, "offline")


async def test_who_leaves_hears_it_and_then_nothing_more_at_whichever_node(
    couple: Couple,
) -> None:
    async with couple.phones() as (anna, ben):
        for leaver, stayer in ((ben, anna),):
            await leaver.do("relationships.leave")
            assert await stayer.sees("relationships.ended")
            assert await leaver.sees("relationships.ended")
            with pytest.raises(Refused):
                await leaver.do("moods.log", mood="calm", mood_score=7)
