"""What is durable in a simulated database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from actors.outcome import Stored
from actors.ports import Head
from backend.persistence.event_log import Logged
from protocol.address import Address
from tests.support.counter import Total

NEW = Head(0, 0, 1)


class Fenced(NamedTuple):
    """Who passed the fence of an actor, and whose its shard was at that moment."""

    address: Address
    shard: int
    version: int
    node_id: UUID
    owner: UUID | None
    epoch: int


@dataclass
class NodeRow:
    """A node in the directory."""

    heartbeat_at: float
    lease_s: float
    is_leaving: bool
    has_redis: bool
    redis_changed_at: float
    lease_begun_at: float


@dataclass
class TellRow:
    """A letter that was not heard yet."""

    id: UUID
    receiver: Address
    tells: str
    sent_at: datetime
    tries: int = 0
    retry_at: datetime | None = None

    def record(self) -> Mapping[str, Any]:
        """Show it as a row that was read."""
        return {
            "id": self.id,
            "receiver": self.receiver,
            "tells": self.tells,
            "tries": self.tries,
        }


@dataclass
class Tables:
    """All tables."""

    shards: int
    owners: list[UUID | None] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    generation: int = 1
    nodes: dict[UUID, NodeRow] = field(default_factory=dict)
    heads: dict[Address, Head] = field(default_factory=dict)
    written_by: dict[Address, str] = field(default_factory=dict)
    """The number of the transaction that wrote the head last."""
    outcomes: dict[UUID, Stored] = field(default_factory=dict)
    counts: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)
    purses: dict[UUID, int] = field(default_factory=dict)
    events: dict[Address, list[Logged]] = field(default_factory=dict)
    tells: dict[UUID, TellRow] = field(default_factory=dict)
    dead_letters: list[tuple[Address, str]] = field(default_factory=list)
    commits: list[Fenced] = field(default_factory=list)
    """What nobody reads but those who look whether all went well."""

    def __post_init__(self) -> None:
        self.owners = [None] * self.shards
        self.epochs = [0] * self.shards

    def head(self, address: Address) -> Head:
        """Read a head; an actor that never did anything has none."""
        return self.heads.get(address, NEW)

    def total(self, key: UUID) -> Total:
        """Add a counter up."""
        rows = [row for row in self.counts.values() if row["counter"] == key]
        return Total(sum(row["by"] for row in rows), sum(row["note"] == "heard" for row in rows))

    def set_owner(self, shard: int, owner: UUID | None) -> None:
        """Give a shard to a node; each change is an epoch."""
        self.owners[shard] = owner
        self.epochs[shard] += 1
