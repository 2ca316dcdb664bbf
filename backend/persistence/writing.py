"""Writing: the rows of many turns, one part of a statement per table.

Rows of one table that a turn first writes and then changes go in waves, so that every statement
meets what the one before it left; almost always there is one wave. The parts of a wave travel as
one statement: a way to the database and back costs more than most of them.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from piccolo.table import Table, sort_table_classes

from backend.persistence.columns import (
    RowStatement,
    arrays,
    delete_statement,
    insert_statement,
    update_statement,
)
from backend.persistence.guards import Connection
from backend.persistence.work import Insert, Update, Write

Rows = tuple[RowStatement, list[list[Any]]]
"""A statement and its arrays."""


class Wave:
    """What can be written at once: at most one kind of write to a row."""

    def __init__(self) -> None:
        """Begin empty."""
        self.inserts: dict[type[Table], list[dict[str, Any]]] = {}
        self.updates: dict[tuple[type[Table], tuple[str, ...]], dict[Any, dict[str, Any]]] = {}
        self.deletes: dict[tuple[type[Table], tuple[str, ...]], list[dict[str, Any]]] = {}

    def add(self, write: Write) -> None:
        """Put a write in; of several changes to one row the later fields win."""
        if isinstance(write, Insert):
            self.inserts.setdefault(write.table, []).append(write.columns)
        elif isinstance(write, Update):
            rows = self.updates.setdefault((write.table, tuple(write.key)), {})
            row = rows.setdefault(tuple(write.key.values()), dict(write.key))
            row.update(write.columns)
        else:
            self.deletes.setdefault((write.table, tuple(write.key)), []).append(dict(write.key))

    def rows(self) -> Iterable[Rows]:
        """Give the rows: parents before children, and removal the other way round."""
        for table in in_order(tuple(self.inserts)):
            rows = self.inserts[table]
            names = _names(rows)
            yield insert_statement(table, names), arrays(table, names, rows)
        for (table, keys), by_key in self.updates.items():
            yield from _updates(table, keys, by_key.values())
        for (table, keys), rows in sorted(
            self.deletes.items(), key=lambda found: -_rank(found[0][0], self.deletes)
        ):
            yield delete_statement(table, keys), arrays(table, keys, rows)


def _updates(
    table: type[Table], keys: tuple[str, ...], rows: Iterable[dict[str, Any]]
) -> Iterable[Rows]:
    by_shape: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        shape = tuple(sorted(name for name in row if name not in keys))
        by_shape.setdefault(shape, []).append(row)
    for names, alike in by_shape.items():
        yield update_statement(table, keys, names), arrays(table, [*keys, *names], alike)


def _names(rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Name the columns of some rows; where they differ, all that occur."""
    first = rows[0].keys()
    if all(row.keys() == first for row in rows):
        return tuple(first)
    return tuple(dict.fromkeys(name for row in rows for name in row))


@cache
def in_order(tables: tuple[type[Table], ...]) -> tuple[type[Table], ...]:
    """Sort tables so that those others refer to come first."""
    return tuple(sort_table_classes(list(tables))) if len(tables) > 1 else tables


def _rank(table: type[Table], deletes: Iterable[tuple[type[Table], tuple[str, ...]]]) -> int:
    return in_order(tuple(dict.fromkeys(found for found, _ in deletes))).index(table)


def waves_of(turns: Iterable[Iterable[Sequence[Write]]]) -> list[Wave]:
    """Sort the writes of turns (each the writes of its steps) into waves."""
    waves: list[Wave] = [Wave()]
    for steps in turns:
        reached: dict[type[Table], tuple[int, type]] = {}
        for writes in steps:
            for write in writes:
                wave, last = reached.get(write.table, (0, type(write)))
                if last is not type(write):
                    wave += 1
                reached[write.table] = (wave, type(write))
                while wave >= len(waves):
                    waves.append(Wave())
                waves[wave].add(write)
    return waves


async def write_all(
    connection: Connection, waves: Iterable[Wave], engine_rows: Iterable[Rows]
) -> None:
    """Write all waves, and with the first what the engine itself writes."""
    parts = list(engine_rows)
    for wave in waves:
        parts += wave.rows()
        if parts:
            text = _together(tuple(statement for statement, _ in parts))
            await connection.execute(text, *[array for _, arrays in parts for array in arrays])
        parts = []


@lru_cache(maxsize=512)
def _together(statements: tuple[RowStatement, ...]) -> str:
    """Make one statement of several that do not depend on each other."""
    parts, first = [], 1
    for place, statement in enumerate(statements):
        parts.append(f"w{place} AS ({statement.numbered(first)})")
        first += len(statement.types)
    return f"WITH {', '.join(parts)} SELECT"
