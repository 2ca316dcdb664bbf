"""A topic that may lack something is looked at until it lacks nothing, whatever comes between."""

import asyncio
from collections.abc import Collection, Coroutine
from random import Random
from typing import Any, cast
from uuid import UUID, uuid4

from actors.placement import NodeSeen, View
from backend.cluster.links import Links
from backend.cluster.membership import Membership
from backend.cluster.words import Follow, Following, Word
from backend.fanout.feeds import Feeds
from backend.fanout.hub import Hub
from backend.fanout.mending import Mender
from protocol.address import Address, address_of
from protocol.common import Temporary
from protocol.position import Position
from tests.simulation.scheduling import NodeLoop, Schedule
from tests.support.clock import FakeClock
from tests.support.nobody import Nobody

OURSELVES, OTHER = uuid4(), uuid4()
TOPIC = address_of("counter", uuid4())
ANSWER = Following({TOPIC: []}, epochs={0: 7})


class Place:
    """As much of a membership as feeds ask: everything is another node's."""

    node_id = OURSELVES
    view = View({OTHER: NodeSeen(OTHER)}, (OTHER,), (7,))

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def shard_of(self, _address: Address) -> int:
        return 0

    def owner_of_shard(self, _shard: int) -> UUID:
        return OTHER


class Said(Links):
    """Links on which a test says what the other node says, and counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(OURSELVES, None, FakeClock())
        self.asked = 0

    def send(self, to: UUID, word: Word) -> bool:
        self.asked += to == OTHER and isinstance(word, Follow)
        return True

    def say(self, word: Word) -> None:
        self._handlers[type(word)](OTHER, word)


class Looks:
    """A mender whose looks fail, or take a while."""

    def __init__(self) -> None:
        self.looks = 0
        self.is_away = False

    async def mend(self, topics: Collection[Address]) -> dict[Address, Position]:
        self.looks += 1
        await asyncio.sleep(0.1)
        if self.is_away:
            raise Temporary(why="the database is away")
        return dict.fromkeys(topics, Position(1, 0))


class Scene:
    """Feeds with nothing real around them."""

    def __init__(self) -> None:
        self.links, self.looks = Said(), Looks()
        self.hub = Hub()
        self.feeds = Feeds(
            self.hub, cast("Membership", Place()), self.links, cast("Mender", self.looks)
        )
        self.feeds.company = Nobody()
        self.feeds.begun(TOPIC)
        self.feeds.start()


def play(scene: Coroutine[Any, Any, None]) -> None:
    """Play a scene in virtual time."""
    schedule = Schedule(Random(1))  # noqa: S311 - always the same
    loop = NodeLoop(  # type: ignore[abstract]  # sockets are missing
        schedule, "node", lambda _what: None
    )
    schedule.loops.append(loop)
    task = loop.create_task(scene)
    schedule.run(60.0, task.done)
    loop.end_all()
    task.result()


def test_a_look_that_failed_is_done_again() -> None:
    async def scene() -> None:
        found = Scene()
        await asyncio.sleep(0.05)  # The owner has been asked.
        found.links.say(ANSWER)
        found.looks.is_away = True
        found.feeds.behind(TOPIC)
        await asyncio.sleep(5.0)
        found.looks.is_away = False
        await asyncio.sleep(5.0)
        assert found.feeds.doubtful == 0

    play(scene())


def test_what_happened_before_its_source_was_found_is_looked_for_once_more() -> None:
    async def scene() -> None:
        found = Scene()
        found.feeds.behind(TOPIC)
        await asyncio.sleep(0.05)  # The log is being read, and nobody tells us anything yet.
        assert found.looks.looks == 1
        found.links.say(ANSWER)
        await asyncio.sleep(1.0)
        assert found.looks.looks == 2
        assert found.feeds.doubtful == 0

    play(scene())


def test_joins_that_have_given_up_waiting_leave_nothing_behind() -> None:
    async def scene() -> None:
        found = Scene()
        for _ in range(3):
            await asyncio.gather(*[found.feeds.ready(TOPIC) for _ in range(100)])
        assert not found.feeds._feeds[TOPIC].waiting  # noqa: SLF001
        # Whoever comes when the owner has been found does not wait at all.
        found.links.say(ANSWER)
        await found.feeds.ready(TOPIC)

    play(scene())


def test_an_answer_counts_only_if_nothing_was_lost_since_the_owner_was_asked() -> None:
    async def scene() -> None:
        found = Scene()
        await asyncio.sleep(0.05)
        assert found.links.asked == 1
        found.feeds.missed(OTHER)
        # Said before the owner hears that words were lost, when it forgets what was asked for.
        found.links.say(ANSWER)
        await asyncio.sleep(0.05)
        assert found.links.asked == 2
        found.links.say(ANSWER)
        await asyncio.sleep(5.0)
        assert found.links.asked == 2
        assert found.feeds.doubtful == 0

    play(scene())
