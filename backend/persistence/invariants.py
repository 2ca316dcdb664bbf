"""Invariants: what must hold of the tables at any moment; looked after by tests and by a worker.

A room declares its own in `invariants.py`, each a class whose docstring is the sentence that holds.
"""

from collections.abc import Iterable
from types import ModuleType
from typing import ClassVar

from backend.persistence.database import Record, fetch

SHOWN_MAX = 20
"""How many offending rows are named; more of them say nothing more."""


class Invariant:
    """Something that always holds."""

    query: ClassVar[str]
    """Finds the rows that offend; reads one moment, names ids and never what is private."""

    @property
    def sentence(self) -> str:
        """Say what holds."""
        return (self.__doc__ or type(self).__name__).splitlines()[0]

    async def broken(self, shown_max: int | None = SHOWN_MAX) -> list[str]:
        """Name the rows that offend, some of them if there are many; empty when all is well."""
        rows = await fetch(f"SELECT * FROM ({self.query}) AS offending LIMIT $1", shown_max)  # noqa: S608 - the query is ours
        return [_named(row) for row in rows]


def _named(row: Record) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.items())


def invariants_of(modules: Iterable[ModuleType]) -> list[Invariant]:
    """Make one of each invariant these modules declare."""
    return [
        thing()
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type)
        and issubclass(thing, Invariant)
        and thing is not Invariant
        and thing.__module__ == module.__name__
    ]


class NumbersAreContiguous(Invariant):
    """The events of every topic are numbered without holes, each once, up to the topic's head.

    The first ones may be gone, with the days that are no longer kept.
    """

    query = """
        SELECT log.topic, log.generation, log.first, log.last, log.events, head.seq
        FROM (
            SELECT topic, generation, min(number) AS first, max(number) AS last,
                   count(*) AS events, count(DISTINCT number) AS numbers
            FROM event GROUP BY topic, generation
        ) AS log
        LEFT JOIN head ON head.address = log.topic
        WHERE log.events <> log.numbers
           OR log.last - log.first + 1 <> log.events
           OR head.address IS NULL
           OR head.generation < log.generation
           OR (head.generation = log.generation AND head.seq <> log.last)
    """
