"""Placement: which shard an actor belongs to, and which node runs it."""

import hashlib

from protocol.address import Address

SHARDS = 256


def shard_of(address: Address, shards: int = SHARDS) -> int:
    """Hash an address to its shard; the same on every machine, for ever."""
    return int.from_bytes(hashlib.blake2b(address.encode(), digest_size=4).digest()) % shards


class SingleNode:
    """The placement of a deployment of one: everything is here, until it is taken away."""

    def __init__(self) -> None:
        """Begin as the owner of everything."""
        self.is_owner = True

    def is_ours(self, address: Address) -> bool:  # noqa: ARG002 - one node, whatever the address
        """Tell whether this node may run the actor."""
        return self.is_owner
