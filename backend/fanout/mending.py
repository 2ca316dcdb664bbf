"""Mending: followers are given what they lack, from the log, as it may be told today.

Whoever is given something that way is looked at first: they may have lost the right to it, and the
word that said so may have been lost with the rest.
"""

from collections.abc import Collection, Mapping

from backend.fanout.hub import Hub
from backend.fanout.missed import missed
from backend.fanout.ports import EventLog, TopicAccess
from backend.fanout.subscription import Subscription
from protocol.address import Address
from protocol.messages import Event
from protocol.position import Position


class Mender:
    """Reads what was missed."""

    def __init__(
        self, hub: Hub, access: TopicAccess, log: EventLog, events: Mapping[str, type[Event]]
    ) -> None:
        """Give it to the sockets of this hub; `events` are the words of the rooms, by tag."""
        self._hub = hub
        self._log = log
        self._access = access
        self._events = events

    async def mend(self, topics: Collection[Address]) -> dict[Address, Position]:
        """Bring all followers of topics up to date; returns where the topics stand.

        Raises Temporary.
        """
        live = {topic: self._hub.live(topic) for topic in topics}
        asked = {(topic, found.follower.principal) for topic in topics for found in live[topic]}
        async with self._log.one_moment():
            readable = await self._access.readable(asked)
            heads = await self._log.heads_of(list(topics))
        for topic in topics:
            for found in live[topic]:
                if (topic, found.follower.user_id) not in readable:
                    found.follower.expelled(topic)
            heads[topic] = await self._catch_up(topic, heads[topic])
        return {topic: heads[topic] for topic in topics}

    async def _catch_up(self, topic: Address, head: Position) -> Position:
        """Give every follower what it lacks; returns where the topic stands then."""
        known = self._hub.heads.get(topic)
        behind = [found for found in self._hub.live(topic) if found.number < head.number]
        if known is not None and known.generation != head.generation:
            _turn_back(topic, self._hub.live(topic))
        elif behind:
            position = Position(head.generation, min(found.number for found in behind))
            async with self._log.one_moment():
                head = (await self._log.heads_of([topic]))[topic]
                told = await missed(self._log.read_after, topic, position, head, self._events)
            if told is None:
                _turn_back(topic, behind)
            for logged in told or ():
                self._hub.give_missed(topic, head.generation, logged.at, logged)
        if topic in self._hub.topics:
            # Also where nobody is live yet: who is joining may have read an older past than this.
            self._hub.heads[topic] = max(self._hub.heads.get(topic, head), head)
        return head


def _turn_back(topic: Address, subscriptions: Collection[Subscription]) -> None:
    """Have sockets come back: they get a snapshot then."""
    for found in subscriptions:
        found.follower.lagged(topic)
