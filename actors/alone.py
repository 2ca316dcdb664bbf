"""A system by itself: every actor is here, and there is no elsewhere."""

from actors.letter import AnyLetter
from actors.outcome import Outcome
from actors.placement import shard_of
from protocol.address import Address
from protocol.common import Moved


class AllHere:
    """The placement of a system by itself: everything is here, until it is taken away."""

    def __init__(self) -> None:
        """Begin as the owner of everything."""
        self.is_owner = True
        self.is_sure = True

    def shard_of(self, address: Address) -> int:
        """Say which shard an actor belongs to."""
        return shard_of(address)

    def is_ours(self, address: Address) -> bool:  # noqa: ARG002 - one node, whatever the address
        """Tell whether this node may run the actor."""
        return self.is_owner

    def lost(self, address: Address) -> None:
        """Hear that the database says otherwise of an actor's shard."""


class Nowhere:
    """Elsewhere, where there is no other node: whoever is not here cannot be reached."""

    def bring(self, address: Address, letter: AnyLetter) -> None:  # noqa: ARG002
        """Refuse the letter."""
        letter.answer(Outcome.of(Moved()))
