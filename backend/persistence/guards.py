"""Guards: what only the database may judge, such as whether an account can pay.

A guard takes all its items of a batch at once, in the order of the turns, and applies them or names
those that fail. A failure refuses its command; the turn it stood in is cut there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from protocol.address import Address
from protocol.messages import Tell
from protocol.refusals import Refusal

if TYPE_CHECKING:
    from backend.persistence.asking import Asking

Connection = Any
"""An asyncpg connection; its own type is generic only for type checkers."""


class Guarded(NamedTuple):
    """One thing to judge, and whose it is: which turn of the batch, which step of it."""

    turn: int
    step: int
    item: Any


@dataclass(slots=True)
class Verdict:
    """What a guard found; without failures everything has been applied."""

    failures: list[tuple[Guarded, Refusal]] = field(default_factory=list)
    tells: list[tuple[Address, Tell]] = field(default_factory=list)
    """What actors must hear of the outcome, such as a new balance."""


class Guard(Protocol):
    """Something the database judges; rooms make one as a constant."""

    name: str
    """Guards ask in the order of their names, so that locks are taken in one order."""

    async def judge(self, asking: "Asking", guarded: Sequence[Guarded]) -> Verdict:
        """Apply all items, or name those that fail.

        All guards of a batch are asked at once. What one puts to `asking.ask` first travels with
        the batch's opening; whatever else it needs goes by itself.
        """
