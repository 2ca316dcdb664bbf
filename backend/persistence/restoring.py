"""Restoring: after a restore or a fail-over that may have lost commits, a new generation begins.

A client may have seen an event that is no more. In another generation its position means nothing,
so it gets a snapshot instead of a number that now stands for something else. Nodes that go on
find the generation with their next heartbeat, and load every actor and every topic anew.
"""

from backend.persistence.directory import CHANNEL
from backend.persistence.hosts import connect

# By the seconds since 2026, for the same backup may be restored twice: counted on from what stands
# in it, two lives would have one number.
_RAISE = """
UPDATE deployment SET generation = greatest(
    generation + 1, (extract(epoch FROM clock_timestamp()) - 1767225600)::integer
) RETURNING generation
"""
# The version moves too, so that what an actor that is awake decides before its node has heard of it
# is decided again on what is there now.
_MOVE_HEADS = "UPDATE head SET generation = $1, version = version + 1"


async def begin_generation(dsn: str) -> int:
    """Begin a new generation of every topic, as the role that owns the tables; returns it."""
    connection = await connect(dsn)
    try:
        async with connection.transaction():
            generation: int = await connection.fetchval(_RAISE)
            await connection.execute(_MOVE_HEADS, generation)
            # Nodes look at once, not only with their next heartbeat.
            await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
    finally:
        await connection.close()
    return generation
