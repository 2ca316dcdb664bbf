"""What the database has written: its write-ahead log, and what it keeps of it."""

from typing import NamedTuple

import asyncpg

_LOOK = (
    "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS log_bytes, "
    "pg_database_size(current_database()) AS kept_bytes"
)


class Written(NamedTuple):
    """Bytes, since the server was made or between two looks."""

    log: int
    kept: int
    """Tables and indexes, with what is dead in them and not vacuumed yet."""

    def since(self, before: "Written") -> "Written":
        """Say what was written between two looks."""
        return Written(self.log - before.log, self.kept - before.kept)


async def look(dsn: str) -> Written:
    """See how much it is now."""
    connection = await asyncpg.connect(dsn, command_timeout=60)
    try:
        row = await connection.fetchrow(_LOOK)
    finally:
        await connection.close()
    assert row is not None  # noqa: S101 - one row is always there
    return Written(row["log_bytes"], row["kept_bytes"])
