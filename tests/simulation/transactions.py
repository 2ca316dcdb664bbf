"""Transactions as PostgreSQL has them under READ COMMITTED, as far as a commit of turns can tell.

What one writes is its own until it commits. Rows it has written are locked: who wants them waits
for its end, and then judges anew what it finds.
"""

from collections.abc import Callable, Generator, Hashable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID

from actors.outcome import Stored
from actors.ports import Head
from backend.persistence.event_log import Logged
from protocol.address import Address
from tests.simulation.tables import Fenced, Tables, TellRow


class End(Enum):
    """How a transaction ended."""

    IN_PROGRESS = "in progress"
    COMMITTED = "committed"
    ABORTED = "aborted"


@dataclass(eq=False)
class Transaction:
    """What one session has written and nobody else sees yet."""

    xid: str = ""
    """Given when it first writes."""
    end: End = End.IN_PROGRESS
    waiters: list[Callable[[], None]] = field(default_factory=list)
    waits_for: "Transaction | None" = None
    heads: dict[Address, Head] = field(default_factory=dict)
    outcomes: dict[UUID, Stored] = field(default_factory=dict)
    heard: dict[UUID, None] = field(default_factory=dict)
    counts: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)
    purses: dict[UUID, int] = field(default_factory=dict)
    events: list[tuple[Address, Logged]] = field(default_factory=list)
    tells: list[TellRow] = field(default_factory=list)
    fenced: list[Fenced] = field(default_factory=list)

    def apply(self, tables: Tables) -> None:
        """Make it durable."""
        tables.heads.update(self.heads)
        tables.written_by.update(dict.fromkeys(self.heads, self.xid))
        tables.outcomes.update(self.outcomes)
        tables.counts.update(self.counts)
        tables.purses.update(self.purses)
        for topic, logged in self.events:
            tables.events.setdefault(topic, []).append(logged)
        for tell_id in self.heard:
            del tables.tells[tell_id]
        tables.tells.update({row.id: row for row in self.tells})
        tables.commits += self.fenced

    def waits_in_a_circle(self) -> bool:
        """Tell whether it waits for somebody who waits for it."""
        other = self.waits_for
        for _ in range(100):
            if other is None or other is self:
                break
            other = other.waits_for
        return other is self


Step = Transaction | float
"""What a statement waits for: the end of another's transaction, or so many seconds of work that
nothing interrupts."""
Running = Generator[Step, None, Any]


class Locks:
    """Who has locked which rows."""

    def __init__(self) -> None:
        """Begin with none locked."""
        self._holders: dict[Hashable, Transaction] = {}

    def take(self, row: Hashable, by: Transaction) -> Running:
        """Lock a row, when whoever has it locked has ended."""
        while True:
            holder = self._holders.get(row)
            if holder is None or holder is by or holder.end is not End.IN_PROGRESS:
                self._holders[row] = by
                return
            yield holder
