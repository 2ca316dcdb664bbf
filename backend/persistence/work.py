"""Work: what one command wants written, as data."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
import structlog

from backend.persistence.guards import Guard
from protocol.address import Address
from protocol.messages import Tell

log = structlog.get_logger()


class Insert(NamedTuple):
    """A row to write."""

    table: type
    columns: dict[str, Any]


class Update(NamedTuple):
    """A row to change."""

    table: type
    key: Mapping[str, Any]
    columns: dict[str, Any]


class Delete(NamedTuple):
    """A row to remove."""

    table: type
    key: Mapping[str, Any]


Write = Insert | Update | Delete


class PlannedJob(NamedTuple):
    """Something to be done later."""

    name: str
    arguments: msgspec.Struct
    delay_s: float


class Work:
    """What one command wants written; nothing of it happens unless its turn commits."""

    __slots__ = ("guards", "jobs", "tells", "writes")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.writes: list[Write] = []
        self.guards: list[tuple[Guard, Any]] = []
        self.tells: list[tuple[Address, Tell]] = []
        self.jobs: list[PlannedJob] = []

    def insert(self, table: type, /, **columns: Any) -> None:
        """Write a row; columns left out are NULL."""
        self.writes.append(Insert(table, columns))

    def update(self, table: type, key: Mapping[str, Any], /, **columns: Any) -> None:
        """Change the row with this key."""
        self.writes.append(Update(table, key, columns))

    def delete(self, table: type, key: Mapping[str, Any], /) -> None:
        """Remove the row with this key."""
        self.writes.append(Delete(table, key))

    def guard(self, guard: Guard, item: Any) -> None:
        """Have something judged and applied by the database in the same transaction."""
        self.guards.append((guard, item))

    def tell(self, to: Address, tell: Tell) -> None:
        """Let another actor know, after the commit; it is kept until that one has heard."""
        self.tells.append((to, tell))

    def job(self, name: str, arguments: msgspec.Struct, *, delay_s: float = 0.0) -> None:
        """Have something done later by a worker; at least once, so it must bear repeating."""
        self.jobs.append(PlannedJob(name, arguments, delay_s))
