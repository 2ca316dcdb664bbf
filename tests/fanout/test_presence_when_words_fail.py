"""Who is there comes out right also where a hand-over, a view or a socket fails in between."""

from collections.abc import AsyncIterator
from uuid import uuid4

import msgspec
import pytest

from protocol.address import address_of
from tests.support.clock import FakeClock
from tests.support.neighbours import Device, Neighbour, Neighbourhood, neighbourhood

TOPIC = address_of("relationship", uuid4())
ANNA, BEN, DORA = uuid4(), uuid4(), uuid4()


@pytest.fixture
async def three(clock: FakeClock) -> AsyncIterator[Neighbourhood]:
    """Three nodes; the topic lives at the first, Anna is at the second, Dora at the third."""
    async with neighbourhood(clock) as found:
        await found.come(found.nodes[1], TOPIC, ANNA)
        await found.come(found.nodes[2], TOPIC, DORA)
        yield found


class Leaving(Device):
    """A phone for which the first frame is too much."""

    node: Neighbour | None = None

    def send(self, frame: msgspec.Struct) -> None:
        super().send(frame)
        if self.node is not None and TOPIC in self.topics:
            self.node.leave(TOPIC, self)


async def leaving(three: Neighbourhood, node: Neighbour) -> Leaving:
    """Have such a phone begin to follow the topic."""
    phone = Leaving(BEN)
    phone.topics[TOPIC] = node.hub.subscribe(TOPIC, phone)  # type: ignore[arg-type]
    await three.settle()
    return phone


async def test_who_comes_and_goes_while_a_hand_over_fails_is_seen_to(three: Neighbourhood) -> None:
    owner, _, bens = three.nodes
    membership = owner.membership
    membership._handing_over = {0}  # noqa: SLF001
    membership._give_up({0})  # noqa: SLF001
    ben = await three.come(bens, TOPIC, BEN)
    assert [node.sees(TOPIC, BEN) for node in three.nodes] == ["online"] * 3
    await three.go(bens, TOPIC, ben)
    await three.pass_s(6)
    assert [node.sees(TOPIC, BEN) for node in three.nodes] == ["offline"] * 3
    # The database has not answered; nobody asks anew, for nothing has moved.
    membership._handing_over = set()  # noqa: SLF001
    await three.beat()
    assert membership.owned == 1
    assert [node.sees(TOPIC, DORA) for node in three.nodes] == ["online"] * 3


async def test_who_is_lost_with_the_words_of_a_node_that_a_late_view_has_forgotten_is_gone(
    three: Neighbourhood,
) -> None:
    owner, _, bens = three.nodes
    three.terms[bens.node_id] = 1
    three.late.add(bens.node_id)
    late = three.view()
    three.late.clear()
    three.terms[bens.node_id] = 2
    await three.beat(bens)
    ben = await three.come(bens, TOPIC, BEN)
    await three.adopt(owner, late)
    await three.beat()
    bens.leave(TOPIC, ben)
    await three.clock.advance(seconds=6)
    three.lose_all_of(bens)
    owner.lose_words_of(bens)
    await three.settle()
    await three.pass_s(10)
    assert [node.sees(TOPIC, BEN) for node in three.nodes] == ["offline"] * 3


async def test_a_phone_that_leaves_when_it_is_shown_who_has_gone_breaks_nothing(
    three: Neighbourhood,
) -> None:
    _, annas, bens = three.nodes
    for _ in range(2):
        await three.come(bens, TOPIC, uuid4())
    phone = await leaving(three, annas)
    annas.arrive(TOPIC, phone)
    await three.settle()
    phone.node = annas
    three.late.add(bens.node_id)
    await three.beat()
    assert TOPIC not in phone.topics
    assert [node.sees(TOPIC, DORA) for node in three.nodes[:2]] == ["offline"] * 2


async def test_a_phone_that_leaves_while_it_is_shown_who_is_there_breaks_nothing(
    three: Neighbourhood,
) -> None:
    owner, annas, _ = three.nodes
    phone = await leaving(three, annas)
    phone.node = annas
    annas.presence.joined(phone, TOPIC)  # type: ignore[arg-type]
    assert TOPIC not in phone.topics
    await three.settle()
    await three.pass_s(6)
    assert [owner.sees(TOPIC, who) for who in (BEN, ANNA)] == ["offline", "online"]
