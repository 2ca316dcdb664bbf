"""Advisory locks: what several might decide at once, and no row stands for, is decided in turn."""

from backend.persistence.database import fetch
from backend.persistence.guards import Connection

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


async def lock_until_commit(what: str, connection: Connection | None = None) -> None:
    """Have nobody else decide about this before the transaction ends: the caller's, or a guard's.

    `what` begins with the room's name, so that two rooms never wait for each other.
    """
    if connection is None:
        await fetch(_LOCK, what)
    else:
        await connection.execute(_LOCK, what)
