"""What the fan-out needs of the rooms and of the gateway, without naming one."""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol
from uuid import UUID

import msgspec

from actors.principal import Principal
from backend.cluster.words import Person
from backend.fanout.prepared import Prepared
from backend.persistence.event_log import Logged
from protocol.address import Address
from protocol.codec import Codec
from protocol.position import Position


class Happened(Protocol):
    """An event in its place in a topic."""

    @property
    def number(self) -> int:
        """Its place."""

    @property
    def body(self) -> bytes:
        """The event as JSON."""


class Follower(Protocol):
    """A socket, as the fan-out sees it."""

    principal: Principal

    @property
    def codec(self) -> Codec:
        """The wire format it speaks."""

    @property
    def user_id(self) -> UUID:
        """Whose it is."""

    def send(self, frame: msgspec.Struct) -> None:
        """Send one frame."""

    def forget_topic(self, topic: str) -> None:
        """Follow a topic no longer."""

    def expelled(self, topic: str) -> None:
        """Follow a topic no longer because its reader may not see it any more."""

    def send_prepared(self, message: Prepared) -> None:
        """Write a message to it, or queue it."""

    def lagged(self, topic: str) -> None:
        """Hear that it cannot be kept up with this topic, and must come back."""


class TopicAccess(Protocol):
    """Who knows who may read what."""

    async def readable(
        self, asked: Collection[tuple[Address, Principal]]
    ) -> set[tuple[Address, UUID]]:
        """Of these topics and people, tell which may be followed by whom now."""

    async def snapshot(self, topic: Address, principal: Principal) -> dict[str, Any]:
        """Show a reader the whole state of a topic, within the moment of the caller."""


class EventLog(Protocol):
    """Where what happened in a topic is read again."""

    def one_moment(self) -> AbstractAsyncContextManager[None]:
        """Have every read inside see the same moment. Raises Temporary."""

    async def heads_of(self, topics: Sequence[str]) -> dict[str, Position]:
        """Read where topics stand. Raises Temporary."""

    async def read_after(self, topic: str, position: Position, count_max: int) -> list[Logged]:
        """Read the events of a topic behind a position, in order. Raises Temporary."""


class Watcher(Protocol):
    """Who sees to it that what happens in the topics that are followed here comes here."""

    def begun(self, topic: str) -> None:
        """Hear that a topic is followed here now."""

    def ended(self, topic: str) -> None:
        """Hear that nobody here follows a topic any more."""

    def behind(self, topic: str) -> None:
        """Hear that something that happened in a topic did not come here."""

    def is_mending(self, topic: str, number: int) -> bool:
        """Tell whether a topic is about to be read from its log, up to this number or further."""


class Company(Protocol):
    """Who knows which people are there in topics, here and on other nodes."""

    def here(self, topic: str) -> list[Person]:
        """List the people of a topic, as this node's sockets show them."""

    def everybody_but(self, node_id: UUID, topic: str) -> list[Person]:
        """List the people of a topic, except as one node sees them."""

    def seen_elsewhere(self, topic: str, people: Collection[Person]) -> None:
        """Take what the owner of a topic has heard of people; who is not among them is not there.

        Except while the owner is a new one, who has not heard from everybody yet.
        """

    def seen_by(self, node_id: UUID, topic: str, people: Collection[Person]) -> None:
        """Take what one node sees of people of a topic, and tell the others that follow it.

        Whom it does not name it does not see.
        """

    def unfollowed(self, node_id: UUID, topic: str) -> None:
        """Hear that a node follows a topic no longer: soon nobody is there by its sockets."""

    def forget(self, topic: str) -> None:
        """Forget who is there elsewhere: nobody tells us of this topic any more."""

    def shown(self, topic: str, person: Person) -> None:
        """Take what has changed about somebody on another node."""
