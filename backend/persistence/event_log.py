"""The event log: every event of every topic, in order, for 30 days."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from backend.persistence.database import fetch
from backend.persistence.guards import Connection
from backend.persistence.plan import Plan
from protocol.position import Position

KEPT_DAYS = 30

_APPEND = """
INSERT INTO event (topic, generation, number, at, body)
SELECT u.topic, u.generation, u.number, u.at, u.body::json
FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::timestamptz[], $5::text[])
     AS u(topic, generation, number, at, body)
"""
_AFTER = """
SELECT number, at, body FROM event
WHERE topic = $1 AND generation = $2 AND number > $3 ORDER BY number LIMIT $4
"""
_HEADS = "SELECT address, generation, seq FROM head WHERE address = ANY($1)"


class Logged(msgspec.Struct, frozen=True, gc=False):
    """An event as it stands in the log."""

    number: int
    at: datetime
    body: bytes


async def append(connection: Connection, plans: Sequence[Plan]) -> None:
    """Write the events of all turns."""
    events = [(plan.turn, event) for plan in plans for event in plan.numbered]
    if not events:
        return
    await connection.execute(
        _APPEND,
        [turn.address for turn, _ in events],
        [turn.head.generation for turn, _ in events],
        [event.number for _, event in events],
        [turn.now for turn, _ in events],
        [event.body.decode() for _, event in events],
    )


async def read_after(topic: str, position: Position, count_max: int) -> list[Logged]:
    """Read the events of a topic behind a position, in order."""
    rows = await fetch(_AFTER, topic, position.generation, position.number, count_max)
    return [Logged(row["number"], row["at"], row["body"].encode()) for row in rows]


async def heads_of(topics: Sequence[str]) -> dict[str, Position]:
    """Read where topics stand; a topic in which nothing ever happened stands at 1.0."""
    found = {
        row["address"]: Position(row["generation"], row["seq"])
        for row in await fetch(_HEADS, list(topics))
    }
    return {topic: found.get(topic, Position(1, 0)) for topic in topics}


