"""Guards: what only the database may judge, such as whether an account can pay.

A guard takes all its items of a batch at once, in the order of the turns, and applies them or names
those that fail. A failure refuses its command; the turn it stood in is cut there.

What it asks first, its `question`, travels with the opening of the batch; most guards need no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from protocol.address import Address
from protocol.messages import Tell
from protocol.refusals import Refusal

Connection = Any
"""An asyncpg connection; its own type is generic only for type checkers."""


class Guarded(NamedTuple):
    """One thing to judge, and whose it is: which turn of the batch, which step of it."""

    turn: int
    step: int
    item: Any


class Question(NamedTuple):
    """A statement and its values.

    It is a SELECT, or changes one table and has a RETURNING; its own WITH changes nothing.
    """

    query: str
    values: tuple[Any, ...]


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

    def question(self, guarded: Sequence[Guarded]) -> Question | None:
        """Say what to ask together with the batch's opening; None when that says nothing."""

    async def judge(
        self,
        connection: Connection,
        guarded: Sequence[Guarded],
        rows: Sequence[Mapping[str, Any]],
    ) -> Verdict:
        """Apply all items, or name those that fail; `rows` are the answer to the question.

        Those are refused for good. A guard whose items may change something before they fail names
        only the first: the others would be judged by what is taken back. Whatever else it needs it
        asks the connection, when all opening questions are answered.
        """
