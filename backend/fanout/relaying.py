"""Relaying: what changes about people in a topic goes by the node where the topic lives."""

from uuid import UUID

from backend.cluster.links import Links
from backend.cluster.membership import Membership
from backend.cluster.words import OFFLINE, Person, Present
from backend.fanout.hub import Hub
from backend.fanout.interests import Interests
from backend.fanout.ports import Company
from protocol.address import Address


class PresenceRelay:
    """Brings it to every node that follows the topic."""

    def __init__(
        self, membership: Membership, links: Links, hub: Hub, interests: Interests
    ) -> None:
        """Begin; `company` is named before anybody is there."""
        self.company: Company
        self._membership = membership
        self._hub = hub
        self._links = links
        self._interests = interests
        links.on(Present, self._present)

    def tell(self, topic: str, person: Person) -> None:
        """Bring what has changed about somebody here, or elsewhere in a topic that lives here.

        While it is not known where the topic lives nothing is said: whoever is asked next to follow
        it is told of everybody.
        """
        owner = self._membership.named_owner_of(Address(topic))
        if owner == self._membership.node_id:
            self._interests.show(topic, person)
        elif owner is not None and person.node_id == self._membership.node_id:
            self._links.send(owner, Present(topic, person))

    def _present(self, sender: UUID, word: Present) -> None:
        """Believe only whom later words would correct; the others say it anew when they follow."""
        topic, person = word.topic, word.person
        owner = self._membership.named_owner_of(Address(topic))
        if owner == self._membership.node_id:
            is_gone = person.status == OFFLINE
            is_followed = is_gone or self._interests.is_followed_by(sender, topic)
            if is_followed and person.node_id == sender:
                self.company.shown(topic, person)
                self._interests.show(topic, person)
        elif owner == sender and topic in self._hub.topics:
            self.company.shown(topic, person)
