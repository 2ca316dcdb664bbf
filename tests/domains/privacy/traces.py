"""Traces: what is left of somebody anywhere in the database, whichever table it stands in."""

from collections.abc import Iterable, Iterator
from typing import Any

import asyncpg

from tests.support.servers import Servers

_TABLES = """
SELECT c.relname AS name FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY c.relname
"""
"""Partitions included, so nothing hides in one."""


async def traces_in_database(servers: Servers, words: Iterable[str | bytes]) -> list[str]:
    """Name every table and row in which any of these words stands: as text, as JSON, in bytes."""
    sought = list(_as_stored(words))
    connection = await asyncpg.connect(servers.urls.owner)
    try:
        found = []
        for table in await connection.fetch(_TABLES):
            name = table["name"]
            query = f'SELECT t::text AS row FROM "{name}" AS t'  # noqa: S608 - names of our own
            rows: list[Any] = await connection.fetch(query)
            for row in rows:
                text = row["row"].lower()
                found += [
                    f"{name}: {said} in {text[:300]}" for said, word in sought if word in text
                ]
        return found
    finally:
        await connection.close()


def _as_stored(words: Iterable[str | bytes]) -> Iterator[tuple[str, str]]:
    """Say how a word stands in a row that is written as text: bytes are written in hex."""
    for word in words:
        content = word.encode() if isinstance(word, str) else word
        if isinstance(word, str):
            yield word, word.lower()
        yield f"bytes of {word!r}", content.hex()
