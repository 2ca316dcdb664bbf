"""Nodes that tell each other who is there: the real code from links to presence, and no engines.

What one says reaches the others when a test has it brought; who owns what, a test says as well.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from uuid import UUID, uuid4

import msgspec

from actors.placement import NodeSeen, View
from backend.cluster.links import Links
from backend.cluster.membership import Membership
from backend.cluster.words import AnyWord, Following, Person, Word
from backend.fanout.feeds import Feeds
from backend.fanout.hub import Hub
from backend.fanout.interests import Interests
from backend.fanout.mending import Mender
from backend.fanout.ports import EventLog, TopicAccess
from backend.fanout.relaying import PresenceRelay
from backend.gateway.presence import PresenceBook
from backend.persistence.event_log import Logged
from protocol.address import Address
from protocol.position import Position
from tests.support.clock import FakeClock

if TYPE_CHECKING:
    from backend.cluster.ports import Directory
    from backend.fanout.subscription import Subscription
    from backend.gateway.socket import Socket

LEASE_S = 1e9
_ROUNDS = 20


class _NoDirectory:
    """Nobody is asked: a test says what there is."""

    def watch(self, _changed: object) -> None:
        return


class _NoResidents:
    """No actors."""

    leaving = ()

    def let_go(self, _shards: Collection[int]) -> None:
        return


class _EmptyLog:
    """Nothing ever happens; implements `backend.fanout.ports.EventLog`."""

    def one_moment(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def heads_of(self, topics: Sequence[str]) -> dict[str, Position]:
        return dict.fromkeys(topics, Position(1, 0))

    async def read_after(self, *_what: object) -> list[Logged]:
        return []


class _EverybodyMay:
    """Nobody is ever taken off a topic."""

    async def readable(self, asked: Collection[tuple[Address, UUID]]) -> set[object]:
        return {(topic, principal) for topic, principal in asked}


class _Links(Links):
    """Links that leave words where a test finds them."""

    def __init__(
        self, node_id: UUID, clock: FakeClock, said: deque[tuple[UUID, UUID, Word]]
    ) -> None:
        super().__init__(node_id, None, clock)
        self._said = said

    def _send(self, to: UUID, encoded: bytes) -> bool:
        self._said.append((self.node_id, to, msgspec.msgpack.decode(encoded, type=AnyWord)))
        return True

    def hear(self, sender: UUID, word: Word) -> None:
        self._handlers[type(word)](sender, word)


@dataclass(eq=False)
class Device:
    """A socket of somebody, which follows topics at one node."""

    user_id: UUID
    topics: dict[str, "Subscription"] = field(default_factory=dict)
    frames: list[msgspec.Struct] = field(default_factory=list)

    @property
    def principal(self) -> UUID:
        """Whose it is, for those who ask who may read."""
        return self.user_id

    def send(self, frame: msgspec.Struct) -> None:
        """Note what it is sent."""
        self.frames.append(frame)


class Neighbour:
    """One node."""

    def __init__(self, clock: FakeClock, said: deque[tuple[UUID, UUID, Word]]) -> None:
        self.node_id = uuid4()
        self.links = _Links(self.node_id, clock, said)
        self.membership = Membership(
            self.node_id,
            cast("Directory", _NoDirectory()),
            clock=clock,
            lease_s=LEASE_S,
            has_redis=lambda: True,
        )
        self.membership.residents = _NoResidents()
        self.hub = Hub()
        log = cast("EventLog", _EmptyLog())
        mender = Mender(self.hub, cast("TopicAccess", _EverybodyMay()), log, {})
        self.interests = Interests(self.membership, self.links, log)
        self.feeds = Feeds(self.hub, self.membership, self.links, mender)
        self.relay = PresenceRelay(self.membership, self.links, self.hub, self.interests)
        self.presence = PresenceBook(self.hub, clock, self.node_id, self.relay.tell)
        self.interests.company = self.feeds.company = self.relay.company = self.presence
        self.membership.neighbours += [self.links, self.interests, self.feeds, self.presence]

    def lose_words_of(self, other: "Neighbour") -> None:
        """Notice that something the other one said did not arrive, as `Links` does."""
        for node, of in ((self, other), (other, self)):
            node.interests.missed(of.node_id)
            node.feeds.missed(of.node_id)

    async def join(self, topic: Address, user_id: UUID) -> Device:
        """Have somebody come here."""
        device = Device(user_id)
        subscription = self.hub.subscribe(topic, device)  # type: ignore[arg-type]
        device.topics[topic] = subscription
        return device

    def arrive(self, topic: Address, device: Device) -> None:
        """Have somebody be there, now that the past was read."""
        self.hub.go_live(device.topics[topic], Position(1, 0))
        self.presence.joined(cast("Socket", device), topic)

    def leave(self, topic: Address, device: Device) -> None:
        """Have a socket follow a topic no longer, as `Socket.forget_topic` does."""
        del device.topics[topic]
        self.hub.unsubscribe(topic, device)  # type: ignore[arg-type]
        self.presence.left(cast("Socket", device), topic)

    def sees(self, topic: Address, user_id: UUID) -> str:
        """Say as what somebody is known here."""
        present = self.presence._topics.get(topic, {}).get(user_id)  # noqa: SLF001
        return "offline" if present is None else present.status()[0]

    @property
    def remembered(self) -> int:
        """Of how many topics it knows that anybody is there."""
        return len(self.presence._topics)  # noqa: SLF001


class Neighbourhood:
    """Nodes, what they say to each other, and the one shard there is."""

    def __init__(self, clock: FakeClock, count: int) -> None:
        self.clock = clock
        self.said: deque[tuple[UUID, UUID, Word]] = deque()
        self.nodes = [Neighbour(clock, self.said) for _ in range(count)]
        self._epoch = 0
        self._owner: UUID | None = None
        self.gone: set[UUID] = set()
        """Those that have left."""
        self.late: set[UUID] = set()
        """Those whose lease has run out."""
        self.terms: Counter[UUID] = Counter()
        """Which of its leases each has."""

    def view(self) -> View:
        """Look at the nodes that are there, and at who owns the shard."""
        seen = {
            n.node_id: NodeSeen(n.node_id, n.node_id not in self.late, self.terms[n.node_id])
            for n in self.nodes
            if n.node_id not in self.gone
        }
        return View(seen, (self._owner,), (self._epoch,))

    def own(self, owner: Neighbour) -> None:
        """Have one of them own the shard from now on; each hears of it with its next beat."""
        self._owner = owner.node_id
        self._epoch += 1

    def following(self, topic: str, *people: Person) -> Following:
        """Say what the owner answers to those who follow a topic."""
        return Following({topic: list(people)}, epochs={0: self._epoch})

    async def beat(self, *nodes: Neighbour) -> None:
        """Have these learn what there is now, or everybody; then all that is said is brought."""
        for node in nodes or self.nodes:
            if node.node_id not in self.gone:
                await self.adopt(node, self.view())

    async def adopt(self, node: Neighbour, view: View) -> None:
        """Have a node take a view for what there is now, and all brought that is said then."""
        node.membership._sure_until = LEASE_S  # noqa: SLF001
        node.membership._adopt(view)  # noqa: SLF001
        await self.settle()

    async def settle(self) -> None:
        """Bring all that is said, and all that is said to that."""
        quiet = 0
        while quiet < _ROUNDS:
            quiet += 1
            if self.said:
                self.bring(*self.said.popleft())
                quiet = 0
            await asyncio.sleep(0)

    def bring(self, sender: UUID, to: UUID, word: Word) -> None:
        """Bring one word to where it should go, if there is somebody yet."""
        for node in self.nodes:
            if node.node_id == to and to not in self.gone:
                node.links.hear(sender, word)

    def lose_all_of(self, node: Neighbour) -> None:
        """Have nothing arrive of what a node has said."""
        for word in [word for word in self.said if word[0] == node.node_id]:
            self.said.remove(word)

    async def come(self, node: Neighbour, topic: Address, user_id: UUID) -> Device:
        """Have somebody come to a node, and everybody told."""
        device = await node.join(topic, user_id)
        await self.settle()
        node.arrive(topic, device)
        await self.settle()
        return device

    async def go(self, node: Neighbour, topic: Address, device: Device) -> None:
        """Have somebody's socket go, and everybody told."""
        node.leave(topic, device)
        await self.settle()

    async def pass_s(self, seconds: float) -> None:
        """Let time pass, and everybody be told what comes of it."""
        await self.clock.advance(seconds=seconds)
        await self.settle()


@asynccontextmanager
async def neighbourhood(clock: FakeClock, count: int = 3) -> AsyncIterator[Neighbourhood]:
    """Have nodes that look after their feeds until the block is left; the first owns the shard."""
    found = Neighbourhood(clock, count)
    found.own(found.nodes[0])
    for node in found.nodes:
        node.feeds.start()
    await found.beat()
    try:
        yield found
    finally:
        for node in found.nodes:
            await node.feeds.stop()
