"""Followers: phones that follow topics at one node, then at another, and note what they are given.

They do what `backend.gateway.joins` does for a socket: follow, read what was missed, go live.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING, cast
from uuid import UUID

import msgspec

from actors.principal import Principal
from backend.cluster.words import OFFLINE
from backend.fanout.missed import missed
from backend.fanout.prepared import Prepared
from protocol.address import Address
from protocol.codec import Codec, JsonCodec
from protocol.common import Temporary
from protocol.frames import Presence, Push
from protocol.position import Position
from protocol.vocabulary import Vocabulary
from tests.simulation.connecting import latency_s
from tests.simulation.node import Node
from tests.simulation.scheduling import Schedule
from tests.simulation.tracing import Trace
from tests.support.counter import Add

if TYPE_CHECKING:
    from backend.gateway import socket as gateway

LOOK_EVERY_S = 0.5
AGAIN_AFTER_S = 0.5
MOVES = FALLS_ASLEEP = 0.01
"""How often, each time that a phone looks."""
ASLEEP = 0.9
"""How often it stays so."""
PATIENT_S = 4.0
"""So long a phone hears nothing from a node before it tries another one."""


def _codec() -> Codec:
    vocabulary = Vocabulary()
    vocabulary.add(Add)
    return JsonCodec(vocabulary)


CODEC = _codec()


class Phone:
    """One that follows some topics, wherever it is."""

    def __init__(  # noqa: PLR0913 - made in one place
        self,
        name: str,
        user_id: UUID,
        topics: Sequence[Address],
        *,
        schedule: Schedule,
        random: Random,
        trace: Trace,
        nodes: Callable[[], Sequence[Node]],
    ) -> None:
        """Follow these topics; `nodes` says which nodes may be asked."""
        self.name = name
        self.principal = Principal(user_id)
        self.given: dict[Address, list[bytes]] = {topic: [] for topic in topics}
        """What was given of each topic, by number from 1."""
        self.seen: dict[str, dict[UUID, str]] = defaultdict(dict)
        """Who is there in a topic, as the node this phone is at has shown it."""
        self.named: dict[str, set[UUID]] = defaultdict(set)
        """Who was spoken of since a topic was asked for."""
        self.is_asleep = False
        self.is_settled = False
        """Whether it stays where it is, and awake or asleep, while the node serves."""
        self.schedule = schedule
        self.random = random
        self.trace = trace
        self._nodes = nodes
        self._socket: Socket | None = None
        self._silent_since = 0.0

    def begin(self) -> None:
        """Begin to follow, and to look now and then whether the node is still there."""
        self.look()

    def look(self) -> None:
        """Move to another node when this one is gone, is silent, or just so."""
        self.schedule.after(LOOK_EVERY_S, self.look)
        if self.is_asleep:
            self.is_asleep = self.is_settled or self.random.random() < ASLEEP
            return
        if not self.is_settled and self.random.random() < FALLS_ASLEEP:
            self._sleep()
            return
        socket = self._socket
        if socket is not None and not socket.node.loop.is_paused:
            self._silent_since = self.schedule.now
        is_lost = socket is None or socket.node.is_gone or not socket.node.is_serving
        is_silent = self.schedule.now - self._silent_since > PATIENT_S
        is_moving = not self.is_settled and self.random.random() < MOVES
        if is_lost or is_silent or is_moving:
            self.move()

    def _sleep(self) -> None:
        self.is_asleep = True
        if self._socket is not None:
            self._socket.leave()
            self._socket = None

    def move(self) -> None:
        """Go to another node, or come back to the same, and go on from where this phone stands."""
        nodes = self._nodes()
        if nodes:
            if self._socket is not None:
                self._socket.leave()
            self._silent_since = self.schedule.now
            self._socket = Socket(self, self.random.choice(nodes))

    def give(self, socket: "Socket", topic: Address, number: int, body: bytes) -> None:
        """Take an event, unless it comes from a node that was left."""
        if socket is not self._socket:
            return
        given = self.given[topic]
        if number != len(given) + 1:
            self.trace.complain(
                f"{self.name} was given {topic} {number} after {len(given)} by {socket.node.name}"
            )
        given.append(body)

    def show(self, socket: "Socket", frame: Presence) -> None:
        """Take who is there, unless it comes from a node that was left."""
        if socket is self._socket:
            self.named[frame.topic].add(frame.user_id)
            self.seen[frame.topic][frame.user_id] = frame.status

    def asks(self, socket: "Socket", topic: Address) -> None:
        """Begin to join: whoever is there is named before that is done."""
        if socket is self._socket:
            self.named[topic].clear()

    def has_joined(self, socket: "Socket", topic: Address) -> None:
        """Take those for gone who were there before and were not named."""
        if socket is self._socket:
            for user_id in self.seen[topic].keys() - self.named[topic]:
                self.seen[topic][user_id] = OFFLINE


class Socket:
    """A phone's stay at one node; implements `backend.fanout.ports.Follower`."""

    codec = CODEC

    def __init__(self, phone: Phone, node: Node) -> None:
        """Open it, and join all topics."""
        self.node = node
        self.principal = phone.principal
        self._phone = phone
        self.topics: set[Address] = set()
        """What it follows."""
        self.is_gone = False
        self._arrives_at = 0.0
        for topic in phone.given:
            self._join_after(latency_s(phone.random), topic)

    @property
    def user_id(self) -> UUID:
        """Whose it is."""
        return self.principal.user_id

    def leave(self) -> None:
        """Go; the node hears of it."""
        self.is_gone = True
        if not self.node.is_gone:
            self.node.loop.call_soon(self._unsubscribe_all)

    def _unsubscribe_all(self) -> None:
        for topic in self._phone.given:
            self._unsubscribe(topic)

    def _unsubscribe(self, topic: Address) -> None:
        self.topics.discard(topic)
        self.node.fanout.hub.unsubscribe(topic, self)
        self.node.presence.left(cast("gateway.Socket", self), topic)

    def _join_after(self, delay_s: float, topic: Address) -> None:
        def join() -> None:
            if not self.node.is_gone:
                self.node.loop.call_soon(self._begin_join, topic)

        self._phone.schedule.after(delay_s, join)

    def _begin_join(self, topic: Address) -> None:
        if not self.is_gone:
            self.node.loop.create_task(self._join(topic))

    async def _join(self, topic: Address) -> None:
        node, hub = self.node, self.node.fanout.hub
        subscription = hub.subscribe(topic, self)
        self.topics.add(topic)
        self._bring(lambda: self._phone.asks(self, topic))
        try:
            await node.fanout.feeds.ready(topic)
            position = Position(1, len(self._phone.given[topic]))
            async with node.log.one_moment():
                head = (await node.log.heads_of([topic]))[topic]
                told = await missed(node.log.read_after, topic, position, head, {})
        except Temporary:
            self._unsubscribe(topic)
            self._join_after(AGAIN_AFTER_S, topic)
            return
        if self.is_gone:
            return
        if told is None:
            self._phone.trace.complain(f"{self._phone.name} is ahead of {topic}: {position}")
        for logged in told or ():
            self._send(topic, logged.number, logged.body)
        node.presence.joined(cast("gateway.Socket", self), topic)
        hub.go_live(subscription, head)
        self._bring(lambda: self._phone.has_joined(self, topic))

    # What the hub says.

    def send(self, frame: msgspec.Struct) -> None:
        """Be shown who is there; nothing else is sent."""
        if isinstance(frame, Presence):
            shown = frame
            self._bring(lambda: self._phone.show(self, shown))

    def forget_topic(self, _topic: str) -> None:
        """Nobody is made to leave."""

    def expelled(self, topic: str) -> None:
        """Nobody may be expelled here."""
        self._phone.trace.complain(f"{self._phone.name} was expelled from {topic}")

    def lagged(self, topic: str) -> None:
        """Be sent away, to come back from where the phone stands."""
        if not self.is_gone:
            self._phone.trace.note(self._phone.name, f"must come back for {topic}")
            self._phone.schedule.after(AGAIN_AFTER_S, self._phone.move)
            self.leave()

    def send_prepared(self, message: Prepared) -> None:
        """Be given an event."""
        push = msgspec.json.decode(message.payload, type=Push)
        number = Position.parse(push.pos).number
        self._send(Address(push.topic), number, bytes(push.event))

    def _send(self, topic: Address, number: int, body: bytes) -> None:
        self._bring(lambda: self._phone.give(self, topic, number, body))

    def _bring(self, hear: Callable[[], None]) -> None:
        """Have the phone hear it a little later, in order; what it hears after a crash is lost."""
        phone = self._phone
        self._arrives_at = max(self._arrives_at, phone.schedule.now + latency_s(phone.random))

        def arrive() -> None:
            if not self.node.is_gone:
                hear()

        phone.schedule.at(self._arrives_at, arrive)
