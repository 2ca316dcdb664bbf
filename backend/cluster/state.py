"""How a node is, and how all of them are: what is shown to who looks at the cluster.

Numbers and ids only: nothing of people, no network address.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

NAME_CHARACTERS = 6

Standing = Literal["fresh", "leaving", "stale"]
"""Whether a node's lease holds; and if so, whether the node is about to end."""


def name_of(node_id: UUID) -> str:
    """Name a node shortly: by the end of its id, for those that start together begin alike."""
    return str(node_id)[-NAME_CHARACTERS:]


class Spread(Struct, frozen=True, kw_only=True):
    """How what was measured lately is spread, as far as powers of two can tell."""

    p50: float
    p99: float


class Mailboxes(Struct, frozen=True, kw_only=True):
    """What waits to be decided."""

    waiting: int
    """Letters in all mailboxes."""
    fullest: int
    """Letters in the one that has most."""


class Commits(Struct, frozen=True, kw_only=True):
    """What is written. Spreads are of the last ten seconds, and null when nothing was."""

    batches: int
    """Since the node started."""
    commands: int
    """Commands and tells in them."""
    batch_commands: Spread | None
    took_ms: Spread | None
    """From BEGIN to the answer to COMMIT."""
    turns_waiting: dict[str, int]
    """Turns that wait for the next batch, by queue."""


class Elsewhere(Struct, frozen=True, kw_only=True):
    """What this node has to do with the others."""

    waiting: int
    """Letters that wait for another node, or for it to be known which."""
    asked: int
    """Asks brought to other nodes since the node started."""
    asked_again: int
    """How often one of them was said once more."""
    gaps: int
    """How often it was noticed that words of another node were lost."""
    topics_doubtful: int
    """Followed topics of which something may be missing, and is about to be read."""


class NodeState(Struct, frozen=True, kw_only=True):
    """How a node is, as it says itself.

    Nodes of two versions read it from each other, so a field that comes later has a default.
    """

    at: datetime
    started_at: datetime
    version: str
    has_lease: bool
    has_redis: bool
    is_cut_off: bool
    """Whether it alone is without the database or Redis, and sends its sockets to the others."""
    shards: list[int]
    """Whose actors it runs: what it owns, but for what it is just handing over."""
    sockets: int
    people: int
    """How many have a socket open here."""
    topics: int
    """Topics that sockets here follow."""
    actors: dict[str, int]
    """Actors in memory, by their kind."""
    mailboxes: Mailboxes
    commands_granted: int
    """Commands and queries since the node started."""
    commands_refused: int
    commits: Commits
    elsewhere: Elsewhere
    lag_ms: Spread | None
    """By how much too late the event loop came round, in the last ten seconds."""
    memory_bytes: int | None
    """Resident; null where the system does not tell."""
    cpu_s: float
    """Processor time since the process began."""


class NodeShown(Struct, frozen=True, kw_only=True):
    """A node as the directory knows it, and as it says itself if it was heard."""

    id: UUID
    name: str
    """The end of its id."""
    standing: Standing
    shards: list[int]
    """What it owns."""
    state: NodeState | None


class ClusterState(Struct, frozen=True, kw_only=True):
    """All nodes, as one of them could learn within a second."""

    at: datetime
    told_by: UUID
    """The node that asked the others."""
    reaches_others: bool
    """False while it cannot, for Redis is away: then it says only how it is itself."""
    is_whole: bool
    """Whether every node with a lease has said how it is."""
    shards: int
    """How many there are to own."""
    nodes: list[NodeShown]
    """In the order in which they were started."""
