"""The pulse: in which minutes people could be served, so that nobody is blamed for the others.

Every node writes down each minute in which it serves. A gap is a time in which nobody did: none of
us was there, or the database was not.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from backend.persistence.database import fetch

BEAT = timedelta(minutes=1)
GAP_MIN = timedelta(minutes=3)
"""What is shorter is a deploy, or a database that was slow to answer."""
LOOKED_BACK = timedelta(days=9)
KEPT = timedelta(days=60)
OUTAGES_MAX = 50

_BEAT = """
INSERT INTO pulse (minute) VALUES (date_trunc('minute', $1::timestamptz)) ON CONFLICT DO NOTHING
"""
_SERVED = """
INSERT INTO pulse (minute)
SELECT generate_series(date_trunc('minute', $1::timestamptz), $2, '1 minute')
ON CONFLICT DO NOTHING
"""
_GAPS = """
SELECT before AS began_at, minute AS ended_at FROM (
    SELECT minute, lag(minute) OVER (ORDER BY minute) AS before FROM pulse WHERE minute >= $1
    UNION ALL
    SELECT $2::timestamptz, max(minute) FROM pulse WHERE minute >= $1
) AS beats
WHERE minute - before > $3 ORDER BY minute DESC LIMIT $4
"""
_FORGET = "DELETE FROM pulse WHERE minute < $1"


async def beat(now: datetime) -> None:
    """Write down that somebody could be served in this minute."""
    await fetch(_BEAT, now)


async def fill(since: datetime, until: datetime) -> None:
    """Write down that nobody was away between two moments, though nobody lived through them."""
    await fetch(_SERVED, since, until)


async def outages_between(now: datetime) -> Sequence[tuple[datetime, datetime]]:
    """Find the times of the last days in which nobody could be served, the latest first."""
    rows = await fetch(_GAPS, now - LOOKED_BACK, now, GAP_MIN, OUTAGES_MAX)
    return [(row["began_at"], row["ended_at"]) for row in rows]


async def forget(now: datetime) -> None:
    """Forget what was long ago."""
    await fetch(_FORGET, now - KEPT)
