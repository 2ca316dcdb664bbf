"""The database: connections, and reads that see one moment."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self

import asyncpg

from backend.persistence.answering import temporary_when_away
from backend.persistence.engine import DB
from backend.persistence.guards import Connection
from backend.persistence.hosts import CONNECT_TIMEOUT_S, connect
from backend.persistence.pooled import PooledConnection, give_back, let_go, take
from backend.persistence.sqlstate import ends_session
from protocol.common import Temporary

APPLICATION_ROLE = "tandem_app"
POOL_MAX = 10
ANSWERED_WITHIN_S = 5.0
"""How long people wait for a statement of theirs before they are told to come again."""
ANSWERED_TO_JOBS_WITHIN_S = 30.0
"""Nobody waits for what workers do, and some of it is much."""

Record = Mapping[str, Any]


class Database:
    """The PostgreSQL database of this process, and its pool of connections for reading."""

    def __init__(
        self,
        dsn: str,
        *,
        pool_max: int = POOL_MAX,
        answered_within_s: float = ANSWERED_WITHIN_S,
    ) -> None:
        """Name the database; nothing is connected yet."""
        self.dsn = dsn
        self._answered_within_s = answered_within_s
        self._pool_max = pool_max
        self._owns_pool = False

    async def open(self) -> Self:
        """Connect. Raises OSError or asyncpg.PostgresError when the database does not answer."""
        DB.config = connection_config(self.dsn, "tandem reader", self._answered_within_s)
        if DB.pool is None:
            self._owns_pool = True
            await DB.start_connection_pool(
                min_size=1,
                max_size=self._pool_max,
                connect=connect,
                connection_class=PooledConnection,
            )
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

    async def connection(self, name: str, *, within_s: float = CONNECT_TIMEOUT_S) -> Connection:
        """Open a connection of one's own, under a name the server shows."""
        return await connect(**connection_config(self.dsn, name) | {"timeout": within_s})


def connection_config(
    dsn: str, name: str, answered_within_s: float = ANSWERED_WITHIN_S
) -> dict[str, Any]:
    """Say how to connect: as the application's role, with the limits every session has."""
    return {
        "dsn": dsn,
        "timeout": CONNECT_TIMEOUT_S,
        "command_timeout": answered_within_s,
        "server_settings": {
            "application_name": name,
            # What was acknowledged outlives a crash, whatever the server's default is.
            "synchronous_commit": "on",
            "role": APPLICATION_ROLE,
            "idle_in_transaction_session_timeout": "15s",
            "lock_timeout": "10s",
            "timezone": "UTC",
            "jit": "off",
        },
    }


@asynccontextmanager
async def one_moment() -> AsyncIterator[None]:
    """Have every read inside see the database as it is at one moment. Raises Temporary."""
    async with DB.one_moment() as transaction:
        yield
        # Nothing was written, so nothing needs to be committed.
        with temporary_when_away(transaction.connection):
            await transaction.rollback()  # type: ignore[no-untyped-call]  # Piccolo says no types


@contextmanager
def aside() -> Iterator[None]:
    """Have what is read and written inside be no part of the transaction that is under way."""
    token = DB.current_transaction.set(None)
    try:
        yield
    finally:
        DB.current_transaction.reset(token)


async def fetch(query: str, *values: Any) -> list[Record]:
    """Read rows, within the transaction of the caller if there is one. Raises Temporary.

    What is written outside of a transaction must bear repeating: it may have been done when the
    answer to it did not come.
    """
    rows: list[Record]
    transaction = DB.current_transaction.get()
    if transaction is not None:
        with temporary_when_away(transaction.connection):
            rows = await transaction.connection.fetch(query, *values)
        return rows
    pool = DB.pool
    assert pool is not None, "the database is open"  # noqa: S101
    connection = await take(pool)
    try:
        with temporary_when_away(connection):
            rows = await connection.fetch(query, *values)
    except Temporary as refused:
        if isinstance(refused.__cause__, asyncpg.PostgresError) and ends_session(refused.__cause__):
            let_go(connection)
        raise
    else:
        return rows
    finally:
        await give_back(pool, connection)
