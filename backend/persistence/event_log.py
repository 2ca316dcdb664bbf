"""The event log: every event of every topic, in order, for 30 days."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from backend.persistence.columns import RowStatement
from backend.persistence.database import fetch, one_moment
from backend.persistence.plan import Plan
from backend.persistence.writing import Rows
from protocol.position import Position

KEPT_DAYS = 30

_APPEND = RowStatement(
    "INSERT INTO event (topic, generation, number, at, body) "
    "SELECT u.topic, u.generation, u.number, u.at, u.body::json "
    "FROM {rows} AS u(topic, generation, number, at, body)",
    ("text", "integer", "bigint", "timestamptz", "text"),
)
_AFTER = """
SELECT number, at, body FROM event
WHERE topic = $1 AND generation = $2 AND number > $3 ORDER BY number LIMIT $4
"""
_AFTER_EACH = """
SELECT u.place, e.number, e.at, e.body
FROM unnest($1::text[], $2::integer[], $3::bigint[])
    WITH ORDINALITY AS u(topic, generation, number, place)
CROSS JOIN LATERAL (
    SELECT event.number, event.at, event.body FROM event
    WHERE event.topic = u.topic AND event.generation = u.generation AND event.number > u.number
    ORDER BY event.number LIMIT $4
) AS e
ORDER BY u.place, e.number
"""
_HEADS = """
SELECT u.address, coalesce(h.generation, d.generation) AS generation, coalesce(h.seq, 0) AS seq
FROM unnest($1::text[]) AS u(address)
CROSS JOIN deployment AS d LEFT JOIN head AS h ON h.address = u.address
"""


class Logged(msgspec.Struct, frozen=True, gc=False):
    """An event as it stands in the log."""

    number: int
    at: datetime
    body: bytes


def rows(plans: Sequence[Plan]) -> Iterator[Rows]:
    """Give the events of all turns as rows."""
    events = [(plan.turn, event) for plan in plans for event in plan.numbered]
    if events:
        yield (
            _APPEND,
            [
                [turn.address for turn, _ in events],
                [turn.head.generation for turn, _ in events],
                [event.number for _, event in events],
                [turn.now for turn, _ in events],
                [event.body.decode() for _, event in events],
            ],
        )


async def read_after(topic: str, position: Position, count_max: int) -> list[Logged]:
    """Read the events of a topic behind a position, in order."""
    rows = await fetch(_AFTER, topic, position.generation, position.number, count_max)
    return [_logged(row) for row in rows]


async def read_after_each(
    asked: Sequence[tuple[str, Position]], count_max: int
) -> list[list[Logged]]:
    """Read the events behind each of many positions, so many of each topic, in order."""
    found: list[list[Logged]] = [[] for _ in asked]
    if not asked:
        return found
    columns = (
        [topic for topic, _ in asked],
        [position.generation for _, position in asked],
        [position.number for _, position in asked],
    )
    for row in await fetch(_AFTER_EACH, *columns, count_max):
        found[row["place"] - 1].append(_logged(row))
    return found


def _logged(row: Mapping[str, Any]) -> Logged:
    return Logged(row["number"], row["at"], row["body"].encode())


async def heads_of(topics: Sequence[str]) -> dict[str, Position]:
    """Read where topics stand; one in which nothing ever happened stands at number 0."""
    return {
        row["address"]: Position(row["generation"], row["seq"])
        for row in await fetch(_HEADS, list(topics))
    }


class PostgresEventLog:
    """The log as those read it who follow a topic; implements `backend.fanout.ports.EventLog`."""

    one_moment = staticmethod(one_moment)
    heads_of = staticmethod(heads_of)
    read_after = staticmethod(read_after)
