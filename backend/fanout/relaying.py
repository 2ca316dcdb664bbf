"""Relaying: what changes about people in a topic goes by the node where the topic lives."""

from uuid import UUID

from backend.cluster.links import Links
from backend.cluster.membership import Membership
from backend.cluster.words import Person, Present
from backend.fanout.interests import Interests
from backend.fanout.ports import Company
from protocol.address import Address


class PresenceRelay:
    """Brings it to every node that follows the topic."""

    def __init__(self, membership: Membership, links: Links, interests: Interests) -> None:
        """Begin; `company` is named before anybody is there."""
        self.company: Company
        self._membership = membership
        self._links = links
        self._interests = interests
        links.on(Present, self._present)

    def tell(self, topic: str, person: Person) -> None:
        """Bring what has changed about somebody here.

        While it is not known where the topic lives nothing is said: whoever is asked next to follow
        it is told of everybody.
        """
        owner = self._membership.owner_of(Address(topic))
        if owner == self._membership.node_id:
            self._interests.show(topic, person)
        elif owner is not None:
            self._links.send(owner, Present(topic, person))

    def _present(self, _sender: UUID, word: Present) -> None:
        self.company.shown(word.topic, word.person)
        if self._membership.is_ours(Address(word.topic)):
            self._interests.show(word.topic, word.person)
