"""The database: connections, and reads that see one moment."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

import asyncpg

from backend.persistence.engine import DB
from backend.persistence.guards import Connection
from protocol.common import Temporary

APPLICATION_ROLE = "tandem_app"
POOL_MAX = 10
CONNECT_TIMEOUT_S = 5.0
STATEMENT_TIMEOUT_S = 30.0
POOL_WAIT_S = 5.0
"""How long a reader waits for a connection before it is told to come again."""

Record = Mapping[str, Any]


class Database:
    """The PostgreSQL database of this process, and its pool of connections for reading."""

    def __init__(self, dsn: str, *, pool_max: int = POOL_MAX) -> None:
        """Name the database; nothing is connected yet."""
        self.dsn = dsn
        self._pool_max = pool_max
        self._owns_pool = False

    async def open(self) -> Self:
        """Connect. Raises OSError or asyncpg.PostgresError when the database does not answer."""
        DB.config = connection_config(self.dsn, "tandem reader")
        if DB.pool is None:
            self._owns_pool = True
            await DB.start_connection_pool(min_size=1, max_size=self._pool_max)
        return self

    async def close(self) -> None:
        """Let go of every connection, where it was this one that opened the pool."""
        if not self._owns_pool:
            return
        self._owns_pool = False
        pool, DB.pool = DB.pool, None
        if pool is not None:
            try:
                await asyncio.wait_for(pool.close(), timeout=CONNECT_TIMEOUT_S)
            except TimeoutError:
                pool.terminate()

    async def connection(self, name: str) -> Connection:
        """Open a connection of one's own, under a name the server shows."""
        return await asyncpg.connect(**connection_config(self.dsn, name))


def connection_config(dsn: str, name: str) -> dict[str, Any]:
    """Say how to connect: as the application's role, with the limits every session has."""
    return {
        "dsn": dsn,
        "timeout": CONNECT_TIMEOUT_S,
        "command_timeout": STATEMENT_TIMEOUT_S,
        "server_settings": {
            "application_name": name,
            "role": APPLICATION_ROLE,
            "idle_in_transaction_session_timeout": "15s",
            "lock_timeout": "10s",
            "timezone": "UTC",
            "jit": "off",
        },
    }


@asynccontextmanager
async def one_moment() -> AsyncIterator[None]:
    """Have every read inside see the database as it is at one moment."""
    async with DB.transaction():
        await _connection_in_transaction().execute(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        )
        yield


async def fetch(query: str, *values: Any) -> list[Record]:
    """Read rows, within the transaction of the caller if there is one. Raises Temporary."""
    rows: list[Record]
    transaction = DB.current_transaction.get()
    if transaction is not None:
        rows = await transaction.connection.fetch(query, *values)
        return rows
    assert DB.pool is not None, "the database is open"  # noqa: S101
    try:
        connection: Connection = await DB.pool.acquire(timeout=POOL_WAIT_S)
    except TimeoutError:
        raise Temporary(why="all connections for reading are busy") from None
    try:
        rows = await connection.fetch(query, *values)
        return rows
    finally:
        await DB.pool.release(connection)


def _connection_in_transaction() -> Connection:
    transaction = DB.current_transaction.get()
    assert transaction is not None  # noqa: S101 - only called inside one
    return transaction.connection
