"""The pulse: the last moment at which people could be served, so that it is seen when they cannot.

Every node that serves beats again and again. Between two beats that lie far apart nobody served:
none of us was there, or the database was not. Whoever beats next writes that down as an outage, in
the same statement: who reads that we serve again can read for how long we did not.
"""

from datetime import datetime, timedelta

import structlog

from backend.persistence.database import fetch
from protocol.ids import uuid7

log = structlog.get_logger()

BEAT_EVERY_S = 10.0
GAP_MIN = timedelta(seconds=30)
"""Beats so far apart are a gap. What is shorter clients try again for by themselves, and they say
when it was done."""

# The gap is known by its beginning, so that it stands there once, whoever of many finds it.
_BEAT = """
WITH gap AS (
    INSERT INTO outage (id, began_at, ended_at, noted_at)
    SELECT $2::uuid, beat_at, $1::timestamptz, $1 FROM pulse WHERE beat_at <= $1 - $3::interval
    ON CONFLICT (began_at) WHERE noted_by IS NULL DO NOTHING
    RETURNING id, began_at
), beat AS (
    INSERT INTO pulse AS kept (beat_at) VALUES ($1::timestamptz)
    ON CONFLICT (is_only) DO UPDATE SET beat_at = greatest(kept.beat_at, excluded.beat_at)
)
SELECT id, began_at FROM gap
"""
_SERVED = "UPDATE pulse SET beat_at = greatest(beat_at, $1)"
_LAST = "SELECT beat_at FROM pulse"


async def beat(now: datetime) -> None:
    """Say that people can be served at this moment; a gap before it is written down."""
    for gap in await fetch(_BEAT, now, uuid7(), GAP_MIN):
        log.warning(
            "nobody could be served",
            outage=gap["id"],
            began_at=gap["began_at"].isoformat(),
            ended_at=now.isoformat(),
        )


async def fill(since: datetime, until: datetime) -> None:
    """Say that nobody is away between two moments, though nobody will live through them."""
    await beat(since)
    await fetch(_SERVED, until)


async def is_beating(now: datetime) -> bool:
    """Tell whether people can be served, as far as is known at this moment."""
    rows = await fetch(_LAST)
    return bool(rows) and now - rows[0]["beat_at"] < GAP_MIN
