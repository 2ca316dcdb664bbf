"""Migrations: bringing a database up to what this version of the code expects."""

import contextlib
import io
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from piccolo.apps.migrations.commands.forwards import run_forwards

from backend.persistence.database import APPLICATION_ROLE
from backend.persistence.engine import DB
from backend.persistence.guards import Connection
from backend.persistence.hosts import connect

_LOCK = 0x7A4D
PARTITIONS_DAYS_AHEAD = 14


class MigrationFailed(Exception):
    """A migration did not succeed; the database is as it was before it."""


def run_sql(sql: str) -> Callable[[], Awaitable[None]]:
    """Make a migration's step out of plain SQL."""

    async def run() -> None:
        transaction = DB.current_transaction.get()
        assert transaction is not None  # noqa: S101 - Piccolo runs migrations in a transaction
        await transaction.connection.execute(sql)

    return run


async def migrate(dsn: str, *, now: datetime | None = None) -> None:
    """Run what has not been run, one process at a time, as the role that owns the tables.

    Raises MigrationFailed, and whatever a connection may raise.
    """
    lock = await connect(dsn)
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await _ensure_role(lock)
        DB.config = {"dsn": dsn}
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            result = await run_forwards("all")
        if not result.success:
            raise MigrationFailed(result.message or said.getvalue())
        await lock.execute(
            "SELECT ensure_partitions($1, $2)", now or datetime.now(UTC), PARTITIONS_DAYS_AHEAD
        )
    finally:
        await lock.close()


async def _ensure_role(connection: Connection) -> None:
    """Have the application's role exist, and be allowed to take it on."""
    if await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", APPLICATION_ROLE):
        return
    await connection.execute(f"CREATE ROLE {APPLICATION_ROLE} NOLOGIN")
    await connection.execute(f"GRANT {APPLICATION_ROLE} TO CURRENT_USER")
