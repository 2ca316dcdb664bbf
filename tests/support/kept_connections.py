"""Connections of one test serve the next: what PostgreSQL has learned on each was costly to learn.

A node opens eight connections, and on a new one every table must be looked up and every statement
be planned anew: of a suite with thousands of nodes that was a third of all the work. So what a test
closes is cleaned of all that a session may leave behind, kept, and given to who opens one like it;
who had it holds a closed one. What the driver asks about PostgreSQL's own types it asks once.

The driver has no door for this, so its inner names are used here, and only here.
"""
# ruff: noqa: SLF001

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import asyncpg

KEPT_MAX = 40
CLEANED_WITHIN_S = 1.0
OWN_TYPES_END = 10_000
"""PostgreSQL's own types have numbers below this one, the same in every database."""
_CLEAN = """
SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; DISCARD TEMP; RESET ALL; RESET ROLE;
SET application_name = 'kept for the next test'
"""

Connection: Any = asyncpg.Connection
"""Without its type, which says nothing of what is inside."""

_connect = asyncpg.connect
_close = Connection.close
_introspect_types = Connection._introspect_types
_types: dict[frozenset[int], Any] = {}

Likeness = tuple[Any, ...]
"""All that two connections have in common if one may serve for the other."""


class _Kept(NamedTuple):
    """All of a connection but who had it."""

    protocol: Any
    transport: Any
    address: Any
    config: Any
    params: Any
    statements: dict[Any, Any]


class Keeper:
    """Keeps what is closed in one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._likeness: dict[Any, Likeness] = {}
        """By protocol, of every connection that may be kept."""
        self._kept: dict[Likeness, list[_Kept]] = {}

    async def connect(self, dsn: str | None = None, **options: Any) -> Any:
        """Open a connection, or go on with one like it."""
        if asyncio.get_running_loop() is not self._loop or not _is_direct(dsn, options):
            return await _connect(dsn, **options)
        likeness = _likeness(dsn, options)
        kept = self._kept.get(likeness, [])
        while kept:
            one = kept.pop()
            if one.protocol.is_connected():
                return await self._go_on(one, options)
            del self._likeness[one.protocol]
        connection = await _connect(dsn, **options)
        self._likeness[connection._protocol] = likeness
        return connection

    async def close(self, connection: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the driver's own word
        """Keep a connection that is clean and at rest, and end any other."""
        likeness = self._likeness.get(connection._protocol)
        if likeness is not None and self._count() < KEPT_MAX and await _is_cleaned(connection):
            self._kept.setdefault(likeness, []).append(_taken_from(connection))
            return
        self._likeness.pop(connection._protocol, None)
        await _close(connection, timeout=timeout)

    def _count(self) -> int:
        return sum(len(kept) for kept in self._kept.values())

    async def _go_on(self, one: _Kept, options: dict[str, Any]) -> Any:
        kind = options.get("connection_class", Connection)
        connection: Any = kind(
            one.protocol, one.transport, self._loop, one.address, one.config, one.params
        )
        one.protocol.set_connection(connection)
        for query, statement in one.statements.items():
            connection._stmt_cache.put(query, statement)
        name = options.get("server_settings", {}).get("application_name", "")
        await connection.execute(f"SET application_name = '{name}'")
        return connection


def _is_direct(dsn: str | None, options: dict[str, Any]) -> bool:
    """Tell whether it leads to a server's own socket, and not through what a test may break."""
    return dsn is not None and urlsplit(dsn).hostname is None and "host" not in options


def _likeness(dsn: str | None, options: dict[str, Any]) -> Likeness:
    """Tell all by which connections differ but their names and how long one waited for them."""
    settings = {**options.get("server_settings", {}), "application_name": None}
    others = {name: value for name, value in options.items() if name != "timeout"}
    return dsn, repr(sorted({**others, "server_settings": settings}.items()))


async def _is_cleaned(connection: Any) -> bool:
    """Clean a connection; one that is in the middle of something is none to keep."""
    if connection.is_closed() or connection.is_in_transaction():
        return False
    try:
        async with asyncio.timeout(CLEANED_WITHIN_S):
            await connection.execute(_CLEAN)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return False
    return not connection.is_closed()


def _taken_from(connection: Any) -> _Kept:
    """Take all out of a connection and leave it closed."""
    cache = connection._stmt_cache
    statements = {query: entry._statement for query, entry in cache._entries.items()}
    cache._on_remove = _leave_alone
    cache.clear()
    one = _Kept(
        connection._protocol,
        connection._transport,
        connection._addr,
        connection._config,
        connection._params,
        statements,
    )
    connection._aborted = True
    connection._cleanup()
    return one


def _leave_alone(_statement: object) -> None:
    """The statement goes on with the next connection."""


async def _introspect_once(
    connection: Any,
    numbers: Iterable[int],
    timeout: float | None,  # noqa: ASYNC109 - as the driver calls it
) -> tuple[Any, Any]:
    asked = frozenset(numbers)
    if asked in _types:
        # No statement was used up for it, which the driver knows by its having a name.
        return _types[asked], SimpleNamespace(name="kept")
    found: tuple[Any, Any] = await _introspect_types(connection, asked, timeout)
    if max(asked) < OWN_TYPES_END:
        _types[asked] = found[0]
    return found


@contextmanager
def kept_connections(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Have what is closed in a loop be kept, until the block is left."""
    keeper = Keeper(loop)

    async def close(connection: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the driver's own word
        await keeper.close(connection, timeout=timeout)

    asyncpg.connect, Connection.close = keeper.connect, close
    Connection._introspect_types = _introspect_once
    try:
        yield
    finally:
        asyncpg.connect, Connection.close = _connect, _close
        Connection._introspect_types = _introspect_types
