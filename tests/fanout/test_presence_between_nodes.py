"""Who is there is known at every node, and nobody is believed to be there for long who is not."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from backend.cluster.words import Person, Present
from protocol.address import address_of
from tests.support.clock import FakeClock
from tests.support.neighbours import Neighbourhood, neighbourhood

TOPIC = address_of("relationship", uuid4())
ANNA, BEN = uuid4(), uuid4()


@pytest.fixture
async def three(clock: FakeClock) -> AsyncIterator[Neighbourhood]:
    """Three nodes; the topic lives at the first."""
    async with neighbourhood(clock) as found:
        yield found


async def test_two_see_each_other_at_once_and_one_who_goes_is_gone_after_a_while(
    three: Neighbourhood,
) -> None:
    owner, annas, bens = three.nodes
    await three.come(annas, TOPIC, ANNA)
    ben = await three.come(bens, TOPIC, BEN)
    for node in three.nodes:
        assert (node.sees(TOPIC, ANNA), node.sees(TOPIC, BEN)) == ("online", "online")
    await three.go(bens, TOPIC, ben)
    # His phone may only be changing networks: nobody sees anything of that, at any node.
    assert [node.sees(TOPIC, BEN) for node in (owner, annas)] == ["online", "online"]
    await three.pass_s(6)
    assert [node.sees(TOPIC, BEN) for node in (owner, annas)] == ["offline", "offline"]


async def test_when_the_topic_moves_both_go_on_seeing_each_other(clock: FakeClock) -> None:
    async with neighbourhood(clock, 4) as four:
        first, annas, bens, last = four.nodes
        await four.come(annas, TOPIC, ANNA)
        await four.come(bens, TOPIC, BEN)
        for owner in (last, bens, first, annas, last):
            four.own(owner)
            # Each hears of it at a moment of its own; who asks first is told of nobody else yet.
            for node in (owner, *four.nodes):
                await four.beat(node)
                assert (annas.sees(TOPIC, BEN), bens.sees(TOPIC, ANNA)) == ("online", "online")
        await four.pass_s(10)
        assert (annas.sees(TOPIC, BEN), bens.sees(TOPIC, ANNA)) == ("online", "online")


async def test_who_went_while_the_topic_lived_elsewhere_is_not_shown_when_it_comes_back(
    three: Neighbourhood,
) -> None:
    first, second, bens = three.nodes
    ben = await three.come(bens, TOPIC, BEN)
    assert first.sees(TOPIC, BEN) == "online"
    three.own(second)
    await three.beat()
    assert second.sees(TOPIC, BEN) == "online"
    # Nobody tells the first of the topic any more, so it remembers nothing of it.
    assert (first.sees(TOPIC, BEN), first.remembered) == ("offline", 0)
    await three.go(bens, TOPIC, ben)
    await three.pass_s(6)
    three.own(first)
    await three.beat()
    await three.come(second, TOPIC, ANNA)
    assert [node.sees(TOPIC, BEN) for node in three.nodes] == ["offline"] * 3


async def test_who_goes_just_when_the_topic_moves_is_gone_soon(three: Neighbourhood) -> None:
    first, annas, bens = three.nodes
    await three.come(annas, TOPIC, ANNA)
    ben = await three.come(bens, TOPIC, BEN)
    three.own(annas)
    await three.beat(first, annas)
    # His node does not know yet that it has moved, and tells the old owner that he is gone.
    await three.go(bens, TOPIC, ben)
    await three.pass_s(5)
    await three.beat(bens)
    await three.pass_s(2)
    assert [node.sees(TOPIC, BEN) for node in three.nodes] == ["offline"] * 3


async def test_what_is_said_late_of_a_node_that_left_in_order_is_not_believed_for_long(
    three: Neighbourhood,
) -> None:
    owner, annas, bens = three.nodes
    await three.come(annas, TOPIC, ANNA)
    await three.come(bens, TOPIC, BEN)
    three.gone.add(bens.node_id)
    await three.beat()
    assert [node.sees(TOPIC, BEN) for node in (owner, annas)] == ["offline", "offline"]
    late = Person(bens.node_id, BEN, "online")
    # The owner, whose view is older, answers; and a word of the node itself was long on its way.
    three.bring(owner.node_id, annas.node_id, three.following(TOPIC, late))
    three.bring(bens.node_id, owner.node_id, Present(TOPIC, late))
    for _ in range(3):
        await three.beat()
    assert [node.sees(TOPIC, BEN) for node in (owner, annas)] == ["offline", "offline"]


async def test_a_node_that_is_heard_of_before_it_is_seen_is_believed(
    three: Neighbourhood,
) -> None:
    owner, annas, bens = three.nodes
    three.gone.add(bens.node_id)
    await three.beat()
    await three.beat()
    await three.come(annas, TOPIC, ANNA)
    ben = Person(bens.node_id, BEN, "online")
    three.bring(owner.node_id, annas.node_id, three.following(TOPIC, ben))
    # A view that was read before the node came is the next to be heard of.
    await three.beat()
    three.gone.clear()
    await three.beat()
    await three.beat()
    assert annas.sees(TOPIC, BEN) == "online"


async def test_a_node_keeps_nothing_of_topics_that_nobody_follows_there(
    three: Neighbourhood,
) -> None:
    owner, annas, bens = three.nodes
    for _ in range(50):
        topic = address_of("relationship", uuid4())
        anna = await three.come(annas, topic, ANNA)
        ben = await three.come(bens, topic, BEN)
        assert annas.sees(topic, BEN) == "online"
        await three.go(annas, topic, anna)
        await three.go(bens, topic, ben)
        # What the owner says meanwhile comes late.
        late = Present(topic, Person(bens.node_id, BEN, "online"))
        three.bring(owner.node_id, annas.node_id, late)
    await three.pass_s(6)
    assert [node.remembered for node in three.nodes] == [0, 0, 0]


async def test_what_was_lost_between_nodes_is_told_to_all_when_it_is_noticed(
    three: Neighbourhood,
) -> None:
    owner, annas, bens = three.nodes
    await three.come(annas, TOPIC, ANNA)
    ben = await three.come(bens, TOPIC, BEN)
    bens.presence.says(ben, TOPIC, "listening", away=True)  # type: ignore[arg-type]
    three.said.clear()  # Nobody has heard it.
    assert annas.sees(TOPIC, BEN) == "online"
    owner.lose_words_of(bens)
    await three.settle()
    assert [node.sees(TOPIC, BEN) for node in (owner, annas)] == ["away", "away"]
    # Nor has anybody heard this time that he has gone, and follows nothing any more.
    bens.leave(TOPIC, ben)
    await three.clock.advance(seconds=6)
    three.said.clear()
    owner.lose_words_of(bens)
    await three.settle()
    await three.pass_s(6)
    assert [node.sees(TOPIC, BEN) for node in (owner, annas)] == ["offline", "offline"]
    assert not owner.interests.is_followed_by(bens.node_id, TOPIC)


async def test_who_is_at_a_node_that_had_no_lease_for_a_moment_is_seen_by_all_again(
    three: Neighbourhood,
) -> None:
    owner, annas, bens = three.nodes
    await three.come(annas, TOPIC, ANNA)
    await three.come(bens, TOPIC, BEN)
    before = three.view()
    three.late.add(bens.node_id)
    late = three.view()
    # Only Anna's node has looked meanwhile; to the owner it was there all the time.
    await three.beat(annas)
    assert [node.sees(TOPIC, BEN) for node in (owner, annas)] == ["online", "offline"]
    three.late.clear()
    three.terms[bens.node_id] += 1
    await three.beat(bens)
    assert [node.sees(TOPIC, BEN) for node in (owner, annas)] == ["online", "online"]
    # What was seen before comes late: it says nothing of the lease in which he was named since.
    for old in (late, before):
        await three.adopt(annas, old)
        assert annas.sees(TOPIC, BEN) == "online"
    await three.beat()
    await three.pass_s(10)
    assert [node.sees(TOPIC, BEN) for node in three.nodes] == ["online"] * 3


async def test_who_went_while_his_node_had_no_lease_is_gone_for_all(three: Neighbourhood) -> None:
    owner, annas, bens = three.nodes
    await three.come(annas, TOPIC, ANNA)
    ben = await three.come(bens, TOPIC, BEN)
    three.late.add(bens.node_id)
    await three.beat(owner)
    assert owner.sees(TOPIC, BEN) == "offline"
    # Whoever has not looked yet hears it of the owner, for nobody will say it again.
    assert annas.sees(TOPIC, BEN) == "offline"
    bens.leave(TOPIC, ben)
    three.said.clear()
    three.late.clear()
    three.terms[bens.node_id] += 1
    await three.beat()
    await three.pass_s(10)
    assert [node.sees(TOPIC, BEN) for node in three.nodes] == ["offline"] * 3


async def test_whose_lease_holds_again_without_another_is_asked_for_anew(
    three: Neighbourhood,
) -> None:
    _, annas, bens = three.nodes
    await three.come(annas, TOPIC, ANNA)
    await three.come(bens, TOPIC, BEN)
    three.late.add(bens.node_id)
    await three.beat(annas)
    assert annas.sees(TOPIC, BEN) == "offline"
    # The database was restarted, say: nobody else has ever seen that the lease had run out.
    three.late.clear()
    await three.beat()
    assert annas.sees(TOPIC, BEN) == "online"


async def test_who_follows_before_the_owner_knows_that_it_is_the_owner_again_is_seen_on(
    three: Neighbourhood,
) -> None:
    owner, annas, bens = three.nodes
    await three.come(annas, TOPIC, ANNA)
    await three.come(bens, TOPIC, BEN)
    three.own(owner)
    await three.beat(annas, bens)
    await three.beat(owner)
    # It has not answered; after a while they ask again.
    await three.pass_s(2)
    await three.beat()
    await three.pass_s(10)
    assert [node.sees(TOPIC, BEN) for node in three.nodes] == ["online"] * 3
    assert [node.sees(TOPIC, ANNA) for node in three.nodes] == ["online"] * 3
