"""Restoring: after a restore or a fail-over that may have lost commits, a new generation begins.

A client may have seen an event that is no more. In another generation its position means nothing,
so it gets a snapshot instead of a number that now stands for something else.
"""

from backend.persistence.hosts import connect

_RAISE = "UPDATE deployment SET generation = generation + 1 RETURNING generation"
# The version moves too, so that an actor that is awake finds out and is loaded anew.
_MOVE_HEADS = "UPDATE head SET generation = $1, version = version + 1"


async def begin_generation(dsn: str) -> int:
    """Begin a new generation of every topic, as the role that owns the tables; returns it."""
    connection = await connect(dsn)
    try:
        async with connection.transaction():
            generation: int = await connection.fetchval(_RAISE)
            await connection.execute(_MOVE_HEADS, generation)
    finally:
        await connection.close()
    return generation
