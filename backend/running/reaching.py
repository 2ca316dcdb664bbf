"""Reaching the database before anything is begun, so that who starts it is told in a sentence."""

import asyncpg

from backend.persistence.hosts import connect

WITHIN_S = 5.0
_PROBLEMS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, ValueError)
_IS_MIGRATED = "SELECT to_regclass('shard') IS NOT NULL"


class NotReached(Exception):
    """The database cannot be used, and why."""


async def reach(dsn: str) -> bool:
    """Look at the database; returns whether it has been migrated. Raises NotReached."""
    try:
        connection = await connect(dsn, timeout=WITHIN_S)
        try:
            return bool(await connection.fetchval(_IS_MIGRATED))
        finally:
            await connection.close(timeout=WITHIN_S)
    except _PROBLEMS as problem:
        raise NotReached(
            f"The database cannot be reached: {str(problem) or type(problem).__name__}. "
            "Start it, or correct its URL (docs/settings.md)."
        ) from problem


async def reach_migrated(dsn: str) -> None:
    """Make sure that the database is there and has its tables. Raises NotReached."""
    if not await reach(dsn):
        raise NotReached(
            "The database has no tables of Tandem's yet. Bring it up to date: tandem migrate"
        )
