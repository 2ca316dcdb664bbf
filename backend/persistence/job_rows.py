"""The outbox as workers see it: rows that are begun, put off, given up, or were left behind."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from backend.persistence.database import fetch

LEFT_AFTER = timedelta(seconds=2)
"""A job that is due for so long has been relayed by who committed it, or was left behind."""
LOST_AFTER = timedelta(minutes=5)
"""So long after it was relayed it is relayed again: the queue may have lost it."""

# Counted before it runs, so that a job that takes its worker down with it is given up as well.
_BEGIN = """
UPDATE job SET tries = tries + 1 WHERE id = $1
RETURNING name, arguments, correlation_id, tries
"""
_PUT_OFF = "UPDATE job SET due_at = $2, relayed_at = NULL WHERE id = $1"
_GIVE_UP = """
WITH gone AS (DELETE FROM job WHERE id = $1 RETURNING *)
INSERT INTO dead_letter
       (id, kind, receiver, content, tries, reason, correlation_id, sent_at, died_at)
SELECT id, 'job', name, arguments, tries, $2, correlation_id, due_at, $3 FROM gone
"""
_LEFT_BEHIND = """
UPDATE job SET relayed_at = $1 WHERE id IN (
    SELECT id FROM job
    WHERE (relayed_at IS NULL AND due_at <= $2) OR (relayed_at <= $3 AND due_at <= $3)
    ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


class BegunJob(msgspec.Struct, frozen=True, gc=False):
    """A job a worker has taken on."""

    name: str
    arguments: str
    correlation_id: str | None
    tries: int
    """Which try this is, from 1."""


async def begin(job_id: UUID) -> BegunJob | None:
    """Take a job on; None when it was finished before."""
    rows = await fetch(_BEGIN, job_id)
    if not rows:
        return None
    row = rows[0]
    return BegunJob(row["name"], row["arguments"], row["correlation_id"], row["tries"])


async def put_off(job_id: UUID, due_at: datetime) -> None:
    """Have a job tried again later."""
    await fetch(_PUT_OFF, job_id, due_at)


async def give_up(job_id: UUID, reason: str, now: datetime) -> None:
    """Make a job a dead letter."""
    await fetch(_GIVE_UP, job_id, reason, now)


async def left_behind(now: datetime, count_max: int) -> list[UUID]:
    """Claim jobs that are due and that no worker seems to know of."""
    rows = await fetch(_LEFT_BEHIND, now, now - LEFT_AFTER, now - LOST_AFTER, count_max)
    return [row["id"] for row in rows]
