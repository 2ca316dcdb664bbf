"""The hub: which sockets follow which topics, and the one place events are encoded for them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Raw

from actors.ports import Numbered
from backend.fanout.prepared import Prepared
from backend.fanout.subscription import Follower, Subscription
from protocol.address import Address
from protocol.codec import Codec
from protocol.frames import Push
from protocol.position import Position


class Hub:
    """The topics of this process."""

    def __init__(self) -> None:
        """Begin with nobody listening."""
        self.topics: dict[str, dict[Follower, Subscription]] = {}
        self.heads: dict[str, Position] = {}
        """Where followed topics stand, as far as this process has published."""
        self._sockets: dict[UUID, set[Follower]] = {}
        self.delivered = 0

    # Who is here.

    def arrived(self, follower: Follower) -> int:
        """Note a socket of a person; returns how many they have open now."""
        sockets = self._sockets.setdefault(follower.user_id, set())
        sockets.add(follower)
        return len(sockets)

    def left(self, follower: Follower) -> None:
        """Note that a socket of a person is gone."""
        sockets = self._sockets.get(follower.user_id)
        if sockets is not None:
            sockets.discard(follower)
            if not sockets:
                del self._sockets[follower.user_id]

    def is_online(self, user_id: UUID) -> bool:
        """Tell whether a person has a socket open."""
        return user_id in self._sockets

    def sockets_of(self, user_id: UUID) -> Collection[Follower]:
        """List the sockets of a person."""
        return tuple(self._sockets.get(user_id, ()))

    # Who follows what.

    def subscribe(self, topic: str, follower: Follower) -> Subscription:
        """Have a socket follow a topic; it is not live before the past has been read."""
        subscription = Subscription(follower, topic)
        self.topics.setdefault(topic, {})[follower] = subscription
        return subscription

    def unsubscribe(self, topic: str, follower: Follower) -> None:
        """Have a socket follow a topic no longer."""
        followers = self.topics.get(topic)
        if followers is not None:
            followers.pop(follower, None)
            if not followers:
                del self.topics[topic]
                self.heads.pop(topic, None)

    def expel(self, topic: Address, user_id: UUID) -> None:
        """Take a person off a topic at once, on every device."""
        for follower in self.sockets_of(user_id):
            follower.expelled(topic)

    def followers(self, topic: str) -> Iterable[Follower]:
        """List the sockets that follow a topic."""
        return tuple(self.topics.get(topic, ()))

    # What happens.

    def publish(
        self, topic: Address, generation: int, at: datetime, events: Sequence[Numbered]
    ) -> None:
        """Hand committed events to every socket that follows their topic, in order."""
        followers = self.topics.get(topic)
        if not followers:
            return
        self.heads[topic] = Position(generation, events[-1].number)
        subscriptions = tuple(followers.values())
        for event in events:
            push = Push(
                topic=topic, pos=f"{generation}.{event.number}", at=at, event=Raw(event.body)
            )
            encoded: dict[Codec, Prepared] = {}
            for subscription in subscriptions:
                codec = subscription.follower.codec
                message = encoded.get(codec)
                if message is None:
                    message = encoded[codec] = Prepared(codec.encode(push), binary=codec.binary)
                subscription.push(event.number, message)
        self.delivered += len(events) * len(subscriptions)
