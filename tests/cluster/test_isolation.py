"""A node that alone is cut off knows it, and when it is back."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from actors.placement import CUT_OFF_AFTER_S, NodeSeen, View
from backend.cluster.isolation import Isolation
from backend.cluster.links import Links
from backend.cluster.membership import Membership
from backend.cluster.questions import Questions
from tests.cluster.test_membership import Heard, Said
from tests.support.clock import FakeClock
from tests.support.until import until

OURSELVES, OTHER = uuid4(), uuid4()


def view(*, have_we_redis: bool, has_the_other: bool = True) -> View:
    """Two nodes, which have had or lacked Redis for long."""
    for_s = 2 * CUT_OFF_AFTER_S
    return View(
        {
            OURSELVES: NodeSeen(OURSELVES, has_redis=have_we_redis, redis_for_s=for_s),
            OTHER: NodeSeen(OTHER, has_redis=has_the_other, redis_for_s=for_s),
        },
        (OTHER,),
        (1,),
    )


class Watched:
    """A node of which it is noted what it finds out about itself."""

    def __init__(self, clock: FakeClock) -> None:
        self.directory = Said(view(have_we_redis=True))
        self.membership = Membership(
            OURSELVES, self.directory, clock=clock, lease_s=3.0, has_redis=lambda: True
        )
        self.membership.residents = Heard()
        self.found: list[bool] = []
        questions = Questions(Links(OURSELVES, None, clock))
        self.isolation = Isolation(self.membership, questions, self.found.append)

    async def sees(self, now: View) -> None:
        self.directory.view = now
        self.membership.look_again()
        await until(lambda: self.membership.view is now)
        await self.isolation.look()


@pytest.fixture
async def node(clock: FakeClock) -> AsyncIterator[Watched]:
    watched = Watched(clock)
    await watched.membership.join()
    yield watched
    await watched.membership.stop()


async def test_who_alone_has_lost_redis_is_cut_off_until_it_is_there_again(node: Watched) -> None:
    await node.sees(view(have_we_redis=True))
    await node.sees(view(have_we_redis=False))
    await node.sees(view(have_we_redis=False))
    assert node.found == [True]
    await node.sees(view(have_we_redis=True))
    assert node.found == [True, False]


async def test_where_nobody_has_redis_nobody_is_cut_off(node: Watched) -> None:
    await node.sees(view(have_we_redis=False, has_the_other=False))
    assert node.found == []


async def test_who_is_told_to_go_while_cut_off_takes_nobody_in_again(node: Watched) -> None:
    await node.sees(view(have_we_redis=False))
    node.membership.is_leaving = True
    await node.sees(view(have_we_redis=True))
    assert node.found == [True]
