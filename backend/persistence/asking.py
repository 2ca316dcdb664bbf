"""Asking: what guards want of the database travels with the opening of their batch.

On a quiet server a way to the database and back costs more in waking up than in working: one
statement that asks for all is answered sooner than three.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from backend.persistence.guards import Connection, Question
from backend.persistence.ports import Row

_PARAMETER = re.compile(r"\$(\d+)")


async def ask_together(
    connection: Connection,
    parts: str,
    results: str,
    values: Sequence[Any],
    questions: Sequence[Question],
) -> tuple[Row, list[list[Row]]]:
    """Send a statement and with it some questions; returns its row, and theirs.

    `parts` are common table expressions, `results` what is selected of them.
    """
    queries = tuple(question.query for question in questions)
    names = [await _names(connection, query) for query in queries]
    every = [*values, *(value for question in questions for value in question.values)]
    counts = tuple(len(question.values) for question in questions)
    text = _with_questions(parts, results, len(values), queries, counts)
    row = await connection.fetchrow(text, *every)
    return row, [
        [dict(zip(columns, found, strict=True)) for found in row[f"asked_{place}"]]
        for place, columns in enumerate(names)
    ]


async def _names(connection: Connection, query: str) -> tuple[str, ...]:
    """Name the columns of a statement; rows inside of rows come without."""
    names = _names_of.get(query)
    if names is None:
        prepared = await connection.prepare(query)
        names = tuple(column.name for column in prepared.get_attributes())
        _names_of[query] = names
    return names


_names_of: dict[str, tuple[str, ...]] = {}
"""By statement; guards have a few, all of them constants."""


@lru_cache(maxsize=256)
def _with_questions(
    parts: str, results: str, taken: int, queries: tuple[str, ...], counts: tuple[int, ...]
) -> str:
    for place, (query, count) in enumerate(zip(queries, counts, strict=True)):
        parts += f", q{place} AS ({_shifted(query, taken)})"
        results += f", ARRAY(SELECT q{place} FROM q{place}) AS asked_{place}"  # noqa: S608 - ours
        taken += count
    return f"WITH {parts} SELECT {results}"


def _shifted(query: str, by: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + by}", query)
