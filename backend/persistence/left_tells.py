"""Tells that were not heard: left by a crash, by another process, or set aside after failing."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from actors.letter import TellLetter
from backend.persistence.database import Record, fetch
from backend.persistence.tells import parts_of
from protocol.address import Address

GRACE = timedelta(seconds=5)
"""A tell that is so old should have been heard by who was told right after the commit."""
LEASE = timedelta(seconds=30)
"""For so long after it was brought a tell is not brought again."""
BROUGHT_AT_ONCE_MAX = 500

_CLAIM = """
UPDATE tell SET retry_at = $1 WHERE id IN (
    SELECT id FROM tell
    WHERE (retry_at IS NULL AND (sent_at <= $2 OR receiver = ANY($3))) OR retry_at <= $4
    ORDER BY id LIMIT $5 FOR UPDATE SKIP LOCKED
) RETURNING id, receiver, tells, tries
"""
_SET_ASIDE = "UPDATE tell SET tries = $2, retry_at = $3 WHERE id = $1"
_TAKE_APART = """
WITH gone AS (DELETE FROM tell WHERE id = $1 RETURNING receiver, tries, sent_at)
INSERT INTO tell (id, receiver, tells, tries, sent_at, retry_at)
SELECT u.id, gone.receiver, u.tells::json, gone.tries, gone.sent_at, $4
FROM gone, unnest($2::uuid[], $3::text[]) AS u(id, tells)
"""
_BURY = """
WITH gone AS (DELETE FROM tell WHERE id = $1 RETURNING *)
INSERT INTO dead_letter (id, kind, receiver, content, tries, reason, sent_at, died_at)
SELECT id, 'tell', receiver, tells, $2, $3, sent_at, $4 FROM gone
RETURNING receiver
"""


async def claim(
    now: datetime, *, sent_before: datetime, woken: Collection[Address]
) -> list[Record]:
    """Claim tells that wait, oldest first: those sent so long ago, and all for the woken actors."""
    rows = await fetch(_CLAIM, now + LEASE, sent_before, list(woken), now, BROUGHT_AT_ONCE_MAX)
    return sorted(rows, key=lambda row: row["id"].int)


async def set_aside(tell_id: UUID, tries: int, retry_at: datetime) -> None:
    """Have a tell brought again later, alone."""
    await fetch(_SET_ASIDE, tell_id, tries, retry_at)


async def take_apart(letter: TellLetter, now: datetime) -> None:
    """Make each tell of a letter a row of its own, so that one cannot spoil the others."""
    parts = parts_of(letter)
    await fetch(_TAKE_APART, letter.id, [id_ for id_, _ in parts], [told for _, told in parts], now)


async def bury(tell_id: UUID, tries: int, reason: str, now: datetime) -> Address | None:
    """Make a tell a dead letter; returns whom it was for, None when it is gone already."""
    rows = await fetch(_BURY, tell_id, tries, reason, now)
    return Address(rows[0]["receiver"]) if rows else None
