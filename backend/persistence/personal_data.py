"""Personal data: what a room says of its tables, so that a person can have it all, or have it gone.

Each room answers in its `privacy.py`, as `PERSONAL_DATA`: of every column whether it stands in an
export and in which file, and what becomes of it when somebody's account is erased. A test compares
the answers with the tables there are, so a column without one is noticed when it is made.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from backend.persistence.job_run import JobRun
from protocol.address import Address

Columns = tuple[str, ...]


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an export: some columns of the rows that are somebody's."""

    name: str
    about: str
    """What it is, said to whose data it is."""
    table: str
    columns: Columns
    """What each row shows; `x AS y` shows it under another name."""
    whose: str
    """Which rows are somebody's, whose id is `$1`."""
    order: str
    source: str = ""
    """What the rows are read from, where that is not the table alone."""
    also: Columns = ()
    """What it tells of the table besides, such as whose the rows are."""

    @property
    def query(self) -> str:
        """Say how its rows are read."""
        return (
            f"SELECT {', '.join(self.columns)} FROM {self.source or _quoted(self.table)}\n"  # noqa: S608 - all of it is ours
            f"WHERE {self.whose} ORDER BY {self.order}"
        )

    @property
    def exported(self) -> Columns:
        """Name the columns of the table that it tells."""
        shown = (column.partition(" AS ")[0].rpartition(".")[2] for column in self.columns)
        return (*(name for name in shown if name.isidentifier()), *self.also)


class Withheld(msgspec.Struct, frozen=True, kw_only=True):
    """Columns that stand in no export, and why; said to whose data it is."""

    table: str
    columns: Columns
    why: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Columns that an erasure leaves as they are, and why."""

    table: str
    columns: Columns
    why: str


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A way to erase a piece of a table, said in SQL.

    It is given the person's id (`$1`) and how many rows it may touch at once (`$2`), and tells as
    `touched` how many it did; it is done again until there are none.
    """

    table: str
    sql: str
    columns: Columns = ()
    """What it erases; left out, whole rows."""


def delete(table: str, whose: str) -> Statement:
    """Have rows deleted."""
    name = _quoted(table)
    sql = (
        f"WITH gone AS (DELETE FROM {name} WHERE ctid = ANY(ARRAY("  # noqa: S608 - all of it is ours
        f"SELECT ctid FROM {name} WHERE {whose} LIMIT $2)) RETURNING 1)\n"
        "SELECT count(*) AS touched FROM gone"
    )
    return Statement(table=table, sql=sql)


def overwrite(table: str, whose: str, columns: Mapping[str, str]) -> Statement:
    """Have columns say something else, in SQL; the rows stay."""
    name, names, values = _quoted(table), ", ".join(columns), ", ".join(columns.values())
    sets = ", ".join(f"{column} = {value}" for column, value in columns.items())
    sql = (
        f"WITH blank AS (UPDATE {name} SET {sets} WHERE ctid = ANY(ARRAY("  # noqa: S608 - all of it is ours
        f"SELECT ctid FROM {name} WHERE ({whose})\n"
        f"AND ROW({names}) IS DISTINCT FROM ROW({values}) LIMIT $2)) RETURNING 1)\n"
        "SELECT count(*) AS touched FROM blank"
    )
    return Statement(table=table, sql=sql, columns=tuple(columns))


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """Which actors and topics tell of somebody, besides their own."""

    shared: tuple[Address, ...] = ()
    """Those that are about them and another; nobody follows them any more."""
    others: tuple[Address, ...] = ()
    """Those of others who were told of them."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who is being erased, and by what they are known."""

    user_id: UUID
    own: tuple[Address, ...]
    """The actors that are about them: their own, and those they shared."""
    others: tuple[Address, ...]
    """The topics of others who were told of them."""
    traces: tuple[str, ...]
    """The words that stand for them alone: their id, their e-mail address."""
    parted_at: datetime
    """From then on nothing new is told of them."""


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """A way to erase a table that no single statement can say: a piece at a time."""

    table: str
    piece: Callable[[Person, str], Awaitable[str | None]]
    """Erases from a place on, at first from ""; tells from where to go on, None at the end."""


Erasure = Statement | Walk


class ErasureWish(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to be erased, and what they give up for it."""

    user_id: UUID
    give_up_balances: bool


class PersonalData(msgspec.Struct, frozen=True, kw_only=True):
    """What a room has of people: what of it they are given, and how it goes.

    Each way to erase bears repeating. What actors remember of the rows they forget afterwards.
    """

    exports: tuple[Export, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    erasures: tuple[Erasure, ...] = ()
    """In this order."""
    kept: tuple[Kept, ...] = ()
    why_not_erase: Callable[[ErasureWish], Awaitable[None]] | None = None
    """Refuses an erasure, by raising a Refusal: asked when it is wanted and when it is due."""
    part: Callable[[ErasureWish, JobRun], Awaitable[bool]] | None = None
    """Does what must be done while everything is still there, in the transaction that ends the run;
    tells whether more is to come, for instance because actors have yet to hear what they are told.
    """
    circle: Callable[[UUID], Awaitable[Circle]] | None = None
    """Says which actors and topics tell of somebody."""
    traces: Callable[[UUID], Awaitable[Sequence[str]]] | None = None
    """Says which words stand for somebody alone."""
    goes_last: bool = False
    """Whether others look up in its tables whose rows theirs are, so that it is erased last."""


class Catalogue:
    """What the engine and all rooms say, by their names."""

    def __init__(self, by_room: Mapping[str, PersonalData]) -> None:
        """Gather it; what goes last stands last."""
        ordered = sorted(by_room.items(), key=lambda found: found[1].goes_last)
        self.by_room: Mapping[str, PersonalData] = dict(ordered)

    @property
    def answers(self) -> list[PersonalData]:
        """List what is said, in the order in which it is erased."""
        return list(self.by_room.values())

    @property
    def exports(self) -> list[Export]:
        """List all files of an export."""
        return [export for answer in self.answers for export in answer.exports]

    @property
    def withheld(self) -> list[Withheld]:
        """List what stands in none of them."""
        return [withheld for answer in self.answers for withheld in answer.withheld]

    @property
    def steps(self) -> list[tuple[str, Erasure]]:
        """Name all that is done to erase somebody, in order."""
        return [
            (f"{room}.{erasure.table}", erasure)
            for room, answer in self.by_room.items()
            for erasure in answer.erasures
        ]


def _quoted(table: str) -> str:
    return f'"{table}"'
