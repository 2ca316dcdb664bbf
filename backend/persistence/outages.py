"""Outages: when people could not be served, so that nobody is blamed for what they could not do.

The nodes write one down as soon as one of them serves again (see `pulse`). What no node can see,
such as a proxy that was down or a name that led nowhere, an operator writes down by
`tandem outages`. They are few, and kept for good: what was excused by one names it.
"""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec

from backend.persistence.database import fetch
from protocol.ids import uuid7

LOOKED_BACK = timedelta(days=40)
"""What falls due now may be settled so much later, after a dispute, a ruling and an appeal."""
OUTAGES_MAX = 200
"""Of more within that time the earliest are taken for one, with all that lay between them."""
NOTED_MAX = timedelta(days=14)
"""What an operator notes is no longer than that; what is, is a slip of the pen."""
BY_MAX = 100
WHY_MAX = 300

_RECENT = """
SELECT id AS outage_id, ended_at,
       CASE row_number() OVER (ORDER BY ended_at DESC, id DESC)
            WHEN $2 THEN min(began_at) OVER () ELSE began_at END AS began_at
FROM outage WHERE ended_at > $1 ORDER BY ended_at DESC, id DESC LIMIT $2
"""
_NOTE = """
INSERT INTO outage (id, began_at, ended_at, noted_at, noted_by, why)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_LATEST = """
SELECT id AS outage_id, began_at, ended_at, noted_at, noted_by, why
FROM outage ORDER BY ended_at DESC, id DESC LIMIT $1
"""
_FORGET = "DELETE FROM outage WHERE id = $1 AND noted_by IS NOT NULL RETURNING id"


class OutageWrong(Exception):
    """What was to be written down cannot have been an outage; the text says why."""


class Outage(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A time in which people could not be served."""

    outage_id: UUID
    began_at: datetime
    ended_at: datetime

    @property
    def lasted(self) -> timedelta:
        """Say for how long."""
        return self.ended_at - self.began_at


class OutageNoted(Outage, frozen=True, gc=False, kw_only=True):
    """An outage, and who wrote it down."""

    noted_at: datetime
    noted_by: str | None
    """Whoever said so; None where the nodes saw it themselves."""
    why: str | None


async def recent(now: datetime) -> list[Outage]:
    """Find the outages that may matter to what is decided now, the latest first."""
    rows = await fetch(_RECENT, now - LOOKED_BACK, OUTAGES_MAX)
    return [Outage(**row) for row in rows]


async def latest(count_max: int) -> list[OutageNoted]:
    """Read the last outages, the latest first."""
    return [OutageNoted(**row) for row in await fetch(_LATEST, count_max)]


async def note(
    began_at: datetime, ended_at: datetime, *, by: str, why: str, now: datetime
) -> Outage:
    """Write down an outage that the nodes could not see. Raises OutageWrong."""
    if not began_at < ended_at <= now:
        raise OutageWrong("An outage begins before it ends, and has ended before it is noted.")
    if ended_at - began_at > NOTED_MAX:
        raise OutageWrong(f"An outage of more than {NOTED_MAX.days} days is noted in parts.")
    if not why.strip() or len(why) > WHY_MAX or not by.strip() or len(by) > BY_MAX:
        raise OutageWrong(
            f"Say what was down in {WHY_MAX} letters, and who says so in {BY_MAX}, at most."
        )
    outage = Outage(outage_id=uuid7(), began_at=began_at, ended_at=ended_at)
    await fetch(_NOTE, outage.outage_id, began_at, ended_at, now, by.strip(), why.strip())
    return outage


async def forget(outage_id: UUID) -> None:
    """Take back what an operator noted by mistake. Raises OutageWrong."""
    try:
        rows = await fetch(_FORGET, outage_id)
    except asyncpg.ForeignKeyViolationError:
        raise OutageWrong("Somebody has been excused by this outage already; it stays.") from None
    if not rows:
        raise OutageWrong("No operator noted an outage of this id.")
