"""What committing and bringing tells need of a database, as Protocols; PostgreSQL fulfils them."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from actors.letter import TellLetter
from actors.outcome import Stored
from backend.persistence.database import Record
from backend.persistence.guards import Connection, Question
from backend.persistence.outbox import OutboxJob
from backend.persistence.plan import Plan
from backend.persistence.tells import Sent
from protocol.address import Address

Row = Mapping[str, Any]


class Opened(NamedTuple):
    """What the database said to the opening of a batch."""

    xid: str
    addresses: set[Address]
    """Those that are ours; a turn whose address is not among them has lost its actor."""
    elsewhere: set[Address]
    """Those whose shard is another node's."""
    has_known_command: bool
    """The outcome of a command was stored before: it must not be done again."""
    has_heard_tell: bool
    """A tell was heard before."""


class Mark(NamedTuple):
    """What a transaction leaves in the database if it commits: by this it is found again."""

    xid: str
    versions: Mapping[Address, int]
    """At which it leaves the heads it writes."""


class Session(Protocol):
    """One session with the database, as a batch uses it.

        begin → open → guards ask → write → commit
                  └─ roll_back → stored, waiting

    All of it raises what the database raises.
    """

    @property
    def connection(self) -> Connection:
        """What guards ask."""

    @property
    def pid(self) -> int:
        """By which the database knows it."""

    @property
    def is_closed(self) -> bool:
        """Tell whether it has ended."""

    @property
    def is_in_transaction(self) -> bool:
        """Tell whether a transaction is begun."""

    async def begin(self) -> None:
        """Begin a transaction, unless one is begun."""

    async def open(
        self, plans: Sequence[Plan], node_id: UUID, questions: Sequence[Question]
    ) -> tuple[Opened, list[list[Row]]]:
        """Fence the turns, store the outcomes of their commands, delete the tells they heard.

        What guards ask goes with it; returned with the rows they are answered.
        """

    async def write(
        self, plans: Sequence[Plan], sent: Sent, jobs: list[OutboxJob], now: datetime
    ) -> None:
        """Write what the turns want written, their events, and what they tell and have done."""

    async def check(self) -> None:
        """Check now what would be checked at the commit."""

    async def commit(self) -> None:
        """Make it durable. What it raises does not say whether it is."""

    async def roll_back(self, within_s: float | None = None) -> None:
        """Take back what is not committed."""

    async def stored(self, ids: Collection[UUID]) -> dict[UUID, Stored]:
        """Read the outcomes that are known of commands."""

    async def waiting(self, ids: Collection[UUID]) -> set[UUID]:
        """Tell which of these tells nobody has heard yet."""

    async def step_out_of_role(self) -> None:
        """Be who signed in: only that one may see and end its other sessions."""

    async def end_other(self, pid: int, xid: str) -> bool:
        """Have the session end that works on a transaction; False when there is none."""

    async def is_running(self, xid: str) -> bool:
        """Tell whether a transaction is still under way."""

    async def has_left(self, mark: Mark) -> bool:
        """Tell whether the transaction has committed, by what it leaves.

        False also when others have written all of that anew since: nobody can tell any more.
        """

    def terminate(self) -> None:
        """Let go of it without a word."""

    async def close(self) -> None:
        """Say goodbye."""


OpenSession = Callable[[str], Awaitable[Session]]
"""Opens a session for batches, under a name the database shows. Raises what connecting raises."""


class LeftTells(Protocol):
    """The tells that were not heard; all of it raises Temporary."""

    async def claim(
        self, now: datetime, *, sent_before: datetime, woken: Collection[Address]
    ) -> list[Record]:
        """Claim tells that wait: those sent so long ago, and all for the woken actors."""

    async def set_aside(self, tell_id: UUID, tries: int, retry_at: datetime) -> None:
        """Have a tell brought again later, alone."""

    async def take_apart(self, letter: TellLetter, now: datetime) -> None:
        """Make each tell of a letter a row of its own."""

    async def bury(self, tell_id: UUID, tries: int, reason: str, now: datetime) -> Address | None:
        """Make a tell a dead letter; returns whom it was for, None when it is gone already."""


class Connects(Protocol):
    """Where a connection of one's own can be had."""

    async def connection(self, name: str) -> Connection:
        """Open one, under a name the database shows. Raises what connecting raises."""
