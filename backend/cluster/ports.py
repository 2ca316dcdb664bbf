"""What a node needs to be one of several, as Protocols."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from actors.placement import View


class Directory(Protocol):
    """Who knows which nodes there are, and which of them owns which shard.

    What it answers is never older than what this node has done there.
    """

    def watch(self, changed: Callable[[], None]) -> None:
        """Name whom to call when another node has moved shards."""

    async def beat(self, *, is_leaving: bool, has_redis: bool) -> View:
        """Renew the lease, or begin another where it has run out, and look."""

    async def take(self, shards: Collection[int], late: Collection[UUID]) -> View:
        """Take shards that nobody with a lease holds, and end what `late` owners have under way."""

    async def hand_over(self, heirs: Mapping[int, UUID]) -> View:
        """Make others the owners of shards that are ours."""

    async def leave(self) -> None:
        """Be a node no longer; what is still ours is nobody's then."""

    async def close(self) -> None:
        """Let go of what it is asked over."""


class TransportAway(Exception):
    """What carries words between nodes is not there; some may have been lost."""


class Transport(Protocol):
    """Who carries words between nodes; it may lose some, and keeps the order of the others.

    It may have several ways, so that one that is gone keeps nobody waiting but those behind it.
    """

    @property
    def ways(self) -> int:
        """How many there are."""

    def way_to(self, node_id: UUID) -> int:
        """Say by which of them, counted from 0, a node is reached."""

    async def publish(self, parcels: Sequence[tuple[UUID, bytes]]) -> None:
        """Bring each to its node, all by one way.

        Raises TransportAway when it is not known that all went.
        """

    async def listen(self, receive: Callable[[bytes], None]) -> None:
        """Hand over what comes for this node, for ever, through whatever interruptions."""

    async def close(self) -> None:
        """Let go of all connections."""
