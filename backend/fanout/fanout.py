"""The fan-out of a node: what its actors have happen goes to sockets here, and to other nodes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from actors.ports import Numbered
from backend.cluster.cluster import Cluster
from backend.fanout.feeds import Feeds
from backend.fanout.hub import Hub
from backend.fanout.interests import Interests
from backend.fanout.mending import Mender
from backend.fanout.ports import Company, EventLog, TopicAccess
from backend.fanout.relaying import PresenceRelay
from backend.fanout.whereabouts import Whereabouts
from protocol.address import Address
from protocol.messages import Event


class Fanout:
    """Sockets here, and nodes elsewhere; implements `actors.ports.Fanout`."""

    def __init__(
        self,
        cluster: Cluster,
        access: TopicAccess,
        log: EventLog,
        events: Mapping[str, type[Event]],
    ) -> None:
        """Tie it to the other nodes; `events` are the words of the rooms, by tag."""
        membership, links = cluster.membership, cluster.links
        self.hub = Hub()
        self.interests = Interests(membership, links, log)
        self.feeds = Feeds(self.hub, membership, links, Mender(self.hub, access, log, events))
        self.relay = PresenceRelay(membership, links, self.hub, self.interests)
        self.whereabouts = Whereabouts(membership, cluster.questions, self.hub, self.interests)
        cluster.tell(self.interests, self.feeds)
        links.listeners += [self.interests, self.feeds]

    def accompany(self, company: Company) -> None:
        """Name who knows which people are there; before anybody follows anything."""
        self.interests.company = self.feeds.company = self.relay.company = company

    def start(self) -> None:
        """Begin to follow, and to tell who follows."""
        self.interests.start()
        self.feeds.start()

    async def stop(self) -> None:
        """Tell and follow nothing more."""
        await self.feeds.stop()
        await self.interests.stop()

    def publish(
        self, topic: Address, generation: int, at: datetime, events: Sequence[Numbered]
    ) -> None:
        """Hand the events of one turn on, in order."""
        self.hub.publish(topic, generation, at, events)
        self.interests.publish(topic, generation, at, events)

    def doubt(self, topic: Address) -> None:
        """Have everybody who follows a topic, here and elsewhere, given what they lack of its log.

        Where it lives, nobody says how far it has come but this node itself.
        """
        self.feeds.behind(topic)
        self.interests.doubt(topic)

    def expel(self, topic: Address, user_id: UUID) -> None:
        """Take a person off a topic at once, on every device."""
        self.hub.expel(topic, user_id)
        self.interests.expel(topic, user_id)

    def is_online(self, user_id: UUID) -> bool:
        """Tell whether a person has a socket open anywhere; asked where their own actor lives."""
        return self.whereabouts.is_known_online(user_id)
