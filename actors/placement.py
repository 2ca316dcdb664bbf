"""Placement: which shard an actor belongs to, which node a shard belongs to, and who moves when.

Pure: from what the directory says of nodes and shards to what this node should do about it. The
owner of a shard is its highest random weight over the nodes that may own (rendezvous hashing,
Thaler and Ravishankar 1998), so a node that comes or goes moves its own share and nothing else.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from uuid import UUID

import msgspec

from protocol.address import Address

SHARDS = 256
"""How many there are in a new deployment; the directory says how many there are in this one."""
CUT_OFF_AFTER_S = 5.0
"""So long a node may be without Redis while others have it before its shards go to them; and so
long others must have had it, for all of them do not find it again at the same moment."""


@lru_cache(maxsize=65_536)
def shard_of(address: Address, shards: int = SHARDS) -> int:
    """Hash an address to its shard; the same on every machine, for ever."""
    return int.from_bytes(hashlib.blake2b(address.encode(), digest_size=4).digest()) % shards


class NodeSeen(msgspec.Struct, frozen=True, gc=False):
    """A node, as the directory shows it."""

    id: UUID
    is_fresh: bool = True
    """Whether its lease has not run out."""
    term: int = 0
    """Which of its leases it has, or had last: a later one is greater; 0 where it does not say."""
    is_leaving: bool = False
    has_redis: bool = True
    redis_for_s: float = CUT_OFF_AFTER_S
    """For how long that has been so."""
    silent_for_s: float = 0.0
    """How long ago it renewed its lease."""


class View(msgspec.Struct, frozen=True):
    """The nodes and the owners of all shards, at one moment."""

    nodes: Mapping[UUID, NodeSeen] = {}
    owners: Sequence[UUID | None] = ()
    """By shard; None has been handed over to nobody."""
    epochs: Sequence[int] = ()
    """By shard: how often its owner has changed."""
    generation: int = 0
    """Which life of the database this is: another one after a restore."""

    def is_fresh(self, node_id: UUID | None) -> bool:
        """Tell whether a node is there and has a lease."""
        node = self.nodes.get(node_id) if node_id is not None else None
        return node is not None and node.is_fresh

    def term_of(self, node_id: UUID) -> int | None:
        """Say which of its leases a node has, or had last; None for one that is not there."""
        node = self.nodes.get(node_id)
        return None if node is None else node.term

    def moved_since(self, before: "View") -> set[int]:
        """List the shards whose owner has changed, also where it is the same again by now.

        In another life of the database all have: what is remembered may never have been.
        """
        if self.generation != before.generation:
            return set(range(len(before.epochs)))
        both = zip(before.epochs, self.epochs, strict=False)
        return {shard for shard, (was, is_) in enumerate(both) if was != is_}

    def is_epoch(self, shard: int, generation: int, epochs: Mapping[int, int]) -> bool:
        """Tell whether somebody knows the same owner of a shard, in the same life of the database.

        An owner that was another in between is not the same. Nodes of the version before say none.
        """
        return not epochs or (
            generation == self.generation and epochs.get(shard) == self.epochs[shard]
        )

    def back_since(self, before: "View") -> set[UUID]:
        """List the nodes whose lease had run out and holds again, without their knowing of it.

        The clock of the database has been put back, or it was restarted meanwhile.
        """
        return {
            node.id
            for node in self.nodes.values()
            if node.is_fresh and before.term_of(node.id) == node.term
            if not before.is_fresh(node.id)
        }

    def shards_of(self, node_id: UUID) -> set[int]:
        """List what a node owns."""
        return {shard for shard, owner in enumerate(self.owners) if owner == node_id}


def may_own(view: View) -> tuple[UUID, ...]:
    """List the nodes that may own shards: with a lease, not leaving, not alone without Redis."""
    staying = [node for node in view.nodes.values() if node.is_fresh and not node.is_leaving]
    is_redis_there = any(_has_long(node, redis=True) for node in staying)
    cut_off = {node.id for node in staying if is_redis_there and _has_long(node, redis=False)}
    return tuple(sorted(node.id for node in staying if node.id not in cut_off))


def _has_long(node: NodeSeen, *, redis: bool) -> bool:
    return node.has_redis is redis and node.redis_for_s >= CUT_OFF_AFTER_S


def to_take(view: View, node_id: UUID, *, may_take_over: bool) -> list[int]:
    """List the shards this node should take: its share of those that nobody holds.

    From an owner whose lease has run out only with `may_take_over`.
    """
    free = [
        shard
        for shard, owner in enumerate(view.owners)
        if owner is None or (may_take_over and not view.is_fresh(owner))
    ]
    return [shard for shard, owner in _owners(free, may_own(view)) if owner == node_id]


def to_hand_over(view: View, node_id: UUID) -> dict[int, UUID]:
    """Say which shards of this node belong to which other; none while it is the only one left."""
    return {
        shard: owner
        for shard, owner in _owners(sorted(view.shards_of(node_id)), may_own(view))
        if owner != node_id
    }


def _owners(shards: Iterable[int], nodes: Sequence[UUID]) -> list[tuple[int, UUID]]:
    if not nodes:
        return []
    return [(shard, max(nodes, key=lambda node: _weight(shard, node))) for shard in shards]


@lru_cache(maxsize=65_536)
def _weight(shard: int, node_id: UUID) -> bytes:
    return hashlib.blake2b(shard.to_bytes(4) + node_id.bytes, digest_size=8).digest()
