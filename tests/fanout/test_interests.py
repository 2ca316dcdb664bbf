"""Who follows what from other nodes, when it is not sure who is there."""

from uuid import UUID, uuid4

import pytest

from actors.alone import AllHere
from actors.placement import NodeSeen, View
from backend.cluster.links import Links
from backend.cluster.words import Follow, Following, Missed, Word
from backend.fanout.interests import Interests
from protocol.address import address_of
from tests.support.clock import FakeClock
from tests.support.nobody import Nobody

OURSELVES, OTHER = uuid4(), uuid4()
TOPIC = str(address_of("counter", uuid4()))


class Noted(Links):
    """Links that note what is said, and can be told what was heard."""

    def __init__(self) -> None:
        super().__init__(OURSELVES, None, FakeClock())
        self.words: list[Word] = []

    def send(self, to: UUID, word: Word) -> bool:
        assert to == OTHER
        self.words.append(word)
        return True

    def hear(self, word: Word) -> None:
        self._handlers[type(word)](OTHER, word)


@pytest.fixture
def links() -> Noted:
    return Noted()


@pytest.fixture
def interests(links: Noted) -> Interests:
    found = Interests(AllHere(), links)
    found.company = Nobody()
    return found


def seen(*, is_fresh: bool) -> View:
    return View({OTHER: NodeSeen(OTHER, is_fresh=is_fresh)})


def test_a_node_that_is_forgotten_is_told_so_for_it_may_be_there(
    interests: Interests, links: Noted
) -> None:
    interests.moved(View(), seen(is_fresh=True))
    links.hear(Follow({TOPIC: []}))
    assert links.words == [Following({TOPIC: []})]
    interests.moved(View(), seen(is_fresh=False))
    assert links.words[1:] == [Missed()]
    assert not interests.has(TOPIC)


def test_a_node_that_is_not_known_to_be_there_asks_until_it_is(
    interests: Interests, links: Noted
) -> None:
    interests.moved(View(), seen(is_fresh=False))
    links.hear(Follow({TOPIC: []}))
    assert links.words == []
    interests.moved(View(), seen(is_fresh=True))
    links.hear(Follow({TOPIC: []}))
    assert links.words == [Following({TOPIC: []})]
