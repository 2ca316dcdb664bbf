"""Asking: what guards want of the database travels with the opening of their batch.

On a quiet server a way to the database and back costs more in waking up than in working: one
statement that asks for all is answered sooner than three.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from backend.persistence.guards import Connection

_PARAMETER = re.compile(r"\$(\d+)")

Row = Mapping[str, Any]


class Question(NamedTuple):
    """One guard's statement, and where its rows go."""

    query: str
    values: tuple[Any, ...]
    rows: "asyncio.Future[Sequence[Row]]"


class Asking:
    """The connection of a batch, as its guards see it."""

    def __init__(self, connection: Connection) -> None:
        """Ask through this connection."""
        self._connection = connection
        self._lock = asyncio.Lock()
        self._together: list[Question] | None = None

    async def open(self, parts: str, results: str, values: Sequence[Any]) -> Row:
        """Send the opening and with it what is asked meanwhile; call it before the guards begin.

        `parts` are common table expressions, `results` what is selected of them.
        """
        async with self._lock:
            questions: list[Question] = []
            self._together = questions
            await asyncio.sleep(0)  # The guards ask now.
            self._together = None
            try:
                answers = await self._fetch(parts, results, values, questions)
            except Exception as problem:
                for question in questions:
                    question.rows.set_exception(problem)
                raise
        row: Row = answers[0]
        for question, rows in zip(questions, answers[1:], strict=True):
            question.rows.set_result(rows)
        return row

    async def ask(self, query: str, *values: Any) -> Sequence[Row]:
        """Read the rows of a statement, with the opening where it is the guard's first.

        It is a SELECT, or changes one table and has a RETURNING; its own WITH changes nothing.
        """
        if self._together is None:
            return await self.fetch(query, *values)
        rows: asyncio.Future[Sequence[Row]] = asyncio.get_running_loop().create_future()
        self._together.append(Question(query, values, rows))
        return await rows

    # Statements of any form go alone, after the opening, one after the other.

    async def fetch(self, query: str, *values: Any) -> Sequence[Row]:
        """Read the rows of a statement of any form."""
        async with self._lock:
            rows: Sequence[Row] = await self._connection.fetch(query, *values)
            return rows

    async def fetchrow(self, query: str, *values: Any) -> Any:
        """Read its first row, if any."""
        async with self._lock:
            return await self._connection.fetchrow(query, *values)

    async def fetchval(self, query: str, *values: Any) -> Any:
        """Read the first value of its first row, if any."""
        async with self._lock:
            return await self._connection.fetchval(query, *values)

    async def execute(self, query: str, *values: Any) -> None:
        """Run it."""
        async with self._lock:
            await self._connection.execute(query, *values)

    async def _fetch(
        self, parts: str, results: str, values: Sequence[Any], questions: Sequence[Question]
    ) -> list[Any]:
        queries = tuple(question.query for question in questions)
        names = [await self._names(query) for query in queries]
        every = [*values, *(value for question in questions for value in question.values)]
        counts = tuple(len(question.values) for question in questions)
        text = _with_questions(parts, results, len(values), queries, counts)
        row = await self._connection.fetchrow(text, *every)
        answers = [
            [dict(zip(columns, found, strict=True)) for found in row[f"asked_{place}"]]
            for place, columns in enumerate(names)
        ]
        return [row, *answers]

    async def _names(self, query: str) -> tuple[str, ...]:
        """Name the columns of a statement; rows inside of rows come without."""
        names = _names_of.get(query)
        if names is None:
            prepared = await self._connection.prepare(query)
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
