"""Streaming: rows that are too many to be held at once, page by page."""

from collections.abc import AsyncIterator
from typing import Any, Self

from backend.persistence.answering import temporary_when_away
from backend.persistence.database import Record
from backend.persistence.engine import DB
from backend.persistence.guards import Connection

PAGE_ROWS = 500


class Stream:
    """The rows of a query, in the caller's transaction, which may do other things meanwhile."""

    def __init__(self, connection: Connection, cursor: Any, columns: dict[str, str]) -> None:
        """Read from a cursor; `open` makes one."""
        self.columns = columns
        """What each row has, and of which type of PostgreSQL it is."""
        self._connection = connection
        self._cursor = cursor

    @classmethod
    async def open(cls, query: str, *values: Any) -> Self:
        """Begin to read. Raises Temporary."""
        transaction = DB.current_transaction.get()
        assert transaction is not None, "rows are streamed in a transaction"  # noqa: S101
        connection = transaction.connection
        with temporary_when_away(connection):
            prepared = await connection.prepare(query)
            cursor = await prepared.cursor(*values)
        columns = {found.name: found.type.name for found in prepared.get_attributes()}
        return cls(connection, cursor, columns)

    async def pages(self) -> AsyncIterator[list[Record]]:
        """Read all of them, some at a time. Raises Temporary."""
        while True:
            with temporary_when_away(self._connection):
                rows: list[Record] = await self._cursor.fetch(PAGE_ROWS)
            if not rows:
                return
            yield rows
