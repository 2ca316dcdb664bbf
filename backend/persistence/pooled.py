"""Pooled connections: taken and given back within limits, whatever has become of the database."""

from contextlib import suppress

import asyncpg
from asyncpg.pool import Pool

from backend.persistence.answering import is_gone, say_away, temporary
from backend.persistence.guards import Connection
from backend.persistence.sqlstate import CONNECTION_PROBLEMS
from protocol.common import Temporary

POOL_WAIT_S = 5.0
"""How long a reader waits for a connection before it is told to come again."""
GIVEN_BACK_WITHIN_S = 1.0
"""One on which a statement was given up must first be free of it; later than that it is closed."""
GOODBYE_WITHIN_S = 0.5


class PooledConnection(asyncpg.Connection):
    """A connection that nobody leaves anything behind on.

    No setting, lock or cursor outlives a transaction, so none need be taken back: asyncpg would ask
    the server to, at the end of every read.
    """

    def get_reset_query(self) -> str:
        """Ask for nothing; transactions that were left open are ended all the same."""
        return ""


async def take(pool: Pool) -> Connection:
    """Take a connection out of the pool. Raises Temporary."""
    try:
        connection: Connection = await pool.acquire(timeout=POOL_WAIT_S)
    except TimeoutError as problem:
        say_away(problem)
        raise Temporary(why="no connection to the database was free in time") from problem
    except CONNECTION_PROBLEMS as problem:
        raise temporary(problem) from problem
    return connection


async def give_back(pool: Pool, connection: Connection) -> None:
    """Put a connection back; the pool closes it when it does not become free in time."""
    with suppress(*CONNECTION_PROBLEMS):
        await pool.release(connection, timeout=GIVEN_BACK_WITHIN_S)


async def say_goodbye(connection: Connection) -> None:
    """End a connection of one's own as the server likes it, but wait no longer than a moment."""
    with suppress(*CONNECTION_PROBLEMS):
        await connection.close(timeout=GOODBYE_WITHIN_S)


def let_go(connection: Connection) -> None:
    """End a connection without a word; the server takes back what was begun on it."""
    if not is_gone(connection):
        with suppress(asyncpg.InterfaceError):
            connection.terminate()
