"""The hub: which sockets follow which topics, and the one place events are encoded for them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Raw

from backend.fanout.ports import Follower, Happened, Watcher
from backend.fanout.prepared import Prepared
from backend.fanout.subscription import Subscription
from protocol.address import Address
from protocol.codec import Codec
from protocol.frames import Push
from protocol.position import Position


class Hub:
    """The topics of this process."""

    def __init__(self) -> None:
        """Begin with nobody listening; a `watcher` is named before anybody does."""
        self.topics: dict[str, dict[Follower, Subscription]] = {}
        self.heads: dict[str, Position] = {}
        """Where followed topics stand, as far as this process has given their events out."""
        self.watcher: Watcher
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
        """Tell whether a person has a socket open here."""
        return user_id in self._sockets

    @property
    def people(self) -> int:
        """How many people have a socket open here."""
        return len(self._sockets)

    def sockets_of(self, user_id: UUID) -> Collection[Follower]:
        """List the sockets of a person."""
        return tuple(self._sockets.get(user_id, ()))

    # Who follows what.

    def subscribe(self, topic: str, follower: Follower) -> Subscription:
        """Have a socket follow a topic; it is not live before the past has been read."""
        subscription = Subscription(follower, topic)
        followers = self.topics.get(topic)
        if followers is None:
            followers = self.topics[topic] = {}
            self.watcher.begun(topic)
        followers[follower] = subscription
        return subscription

    def unsubscribe(self, topic: str, follower: Follower) -> None:
        """Have a socket follow a topic no longer."""
        followers = self.topics.get(topic)
        if followers is not None:
            followers.pop(follower, None)
            if not followers:
                del self.topics[topic]
                self.heads.pop(topic, None)
                self.watcher.ended(topic)

    def go_live(self, subscription: Subscription, head: Position) -> None:
        """Note that a socket was given everything up to a position; give it what happened since."""
        topic = subscription.topic
        is_whole = subscription.go_live(head.number)
        reached = Position(head.generation, subscription.number)
        known = self.heads[topic] = max(self.heads.get(topic, reached), reached)
        if not is_whole or reached < known:
            # What the others have was read from the log, and never came here as a push.
            self.watcher.behind(topic)

    def expel(self, topic: Address, user_id: UUID) -> None:
        """Take a person off a topic at once, on every device that is here."""
        following = [one for one in self.followers(topic) if one.user_id == user_id]
        for follower in {*self.sockets_of(user_id), *following}:
            follower.expelled(topic)

    def followers(self, topic: str) -> Iterable[Follower]:
        """List the sockets that follow a topic."""
        return tuple(self.topics.get(topic, ()))

    def live(self, topic: str) -> list[Subscription]:
        """List the subscriptions of a topic whose past has been read."""
        return [found for found in self.topics.get(topic, {}).values() if found.is_live]

    # What happens.

    def publish(
        self, topic: Address, generation: int, at: datetime, events: Sequence[Happened]
    ) -> None:
        """Hand committed events to every socket that follows their topic, in order.

        Where something before them is missing, or may be, they are read from the log with it.
        """
        followers = self.topics.get(topic)
        if not followers:
            return
        last = events[-1].number
        head = self.heads.get(topic)
        is_whole = head is None or head.generation == generation
        subscriptions = list(followers.values())
        if not is_whole or self.watcher.is_mending(topic, last):
            subscriptions = [found for found in subscriptions if not found.is_live]
        elif head is not None:
            self.heads[topic] = Position(generation, max(last, head.number))
        for event in events:
            is_whole = self._give(topic, generation, at, event, subscriptions) and is_whole
        if not is_whole:
            self.watcher.behind(topic)

    def give_missed(self, topic: Address, generation: int, at: datetime, event: Happened) -> None:
        """Hand an event that was missed to those who lack it."""
        self._give(topic, generation, at, event, self.live(topic))

    def _give(
        self,
        topic: Address,
        generation: int,
        at: datetime,
        event: Happened,
        subscriptions: Sequence[Subscription],
    ) -> bool:
        """Encode an event for each wire format that is spoken; False when somebody lacks more."""
        push = Push(topic=topic, pos=f"{generation}.{event.number}", at=at, event=Raw(event.body))
        encoded: dict[Codec, Prepared] = {}
        is_whole = True
        for subscription in subscriptions:
            codec = subscription.follower.codec
            message = encoded.get(codec)
            if message is None:
                message = encoded[codec] = Prepared(codec.encode(push), binary=codec.binary)
            is_whole = subscription.push(event.number, message) and is_whole
        self.delivered += len(subscriptions)
        return is_whole
