"""Housekeeping: partitions made ahead, and dropped when the promise has run out."""

from datetime import datetime, timedelta

from backend.persistence.database import fetch
from backend.persistence.event_log import KEPT_DAYS
from backend.persistence.migrating import PARTITIONS_DAYS_AHEAD
from protocol.limits import ID_KEPT

DEAD_LETTERS_KEPT = timedelta(days=90)
DEAD_LETTERS_MAX = 100_000
AT_ONCE_MAX = 5_000

# Both functions run with the rights of the role that owns the tables, and keep to the promises.
_ENSURE = "SELECT ensure_partitions($1, $2) AS made"
_DROP = "SELECT drop_partitions($1, $2, $3) AS dropped"
_FORGET_DEAD = """
DELETE FROM dead_letter WHERE id IN (
    (SELECT id FROM dead_letter WHERE died_at <= $1 ORDER BY died_at LIMIT $3)
    UNION
    (SELECT id FROM dead_letter ORDER BY died_at DESC OFFSET $2 LIMIT $3)
) RETURNING 1
"""
# One that lives says so every second; rows of those that were killed stay. What lies ahead was
# written before the clock was put back.
_FORGET_NODES = """
DELETE FROM node WHERE heartbeat_at NOT BETWEEN clock_timestamp() - '1 hour'::interval
                                            AND clock_timestamp() + '1 hour'::interval
    AND NOT EXISTS (SELECT FROM shard WHERE owner = node.id)
RETURNING 1
"""


async def ensure_partitions(now: datetime) -> int:
    """Make the partitions of the next days; returns how many were missing."""
    return int((await fetch(_ENSURE, now, PARTITIONS_DAYS_AHEAD))[0]["made"])


async def drop_partitions(now: datetime) -> int:
    """Drop events and outcomes older than is promised; returns how many partitions."""
    return int((await fetch(_DROP, now, KEPT_DAYS, ID_KEPT.days))[0]["dropped"])


async def forget_dead_letters(now: datetime) -> int:
    """Forget dead letters that are old or too many; returns how many."""
    before = now - DEAD_LETTERS_KEPT
    return len(await fetch(_FORGET_DEAD, before, DEAD_LETTERS_MAX, AT_ONCE_MAX))


async def forget_nodes() -> int:
    """Forget nodes of which nothing was heard for an hour; returns how many."""
    return len(await fetch(_FORGET_NODES))
