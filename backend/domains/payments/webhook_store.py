"""The inbox of Stripe's webhooks, read and written."""

from datetime import datetime, timedelta

import msgspec

from backend.persistence.database import Record, fetch

PROBLEM_MAX = 300
KEPT_FOR = timedelta(days=90)
"""Longer than Stripe itself lists events (30 days)."""

_COLUMNS = """
event_id, event_type, about_kind, about_id, was_missed, stripe_created_at, received_at, status,
tries, problem, applied_at
"""
_KEEP = """
INSERT INTO stripe_webhook (event_id, event_type, about_kind, about_id, payload, was_missed,
                            stripe_created_at, received_at, status, applied_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (event_id) DO NOTHING RETURNING event_id
"""
_READ = f"SELECT {_COLUMNS} FROM stripe_webhook WHERE event_id = $1"  # noqa: S608 - all of it is ours
_END = """
UPDATE stripe_webhook SET status = $2, applied_at = $3, problem = NULL WHERE event_id = $1
"""
_FAILED = """
UPDATE stripe_webhook SET status = 'failed', tries = tries + 1, problem = $2
WHERE event_id = $1 AND status IN ('waiting', 'failed')
"""
_AGAIN = """
UPDATE stripe_webhook SET status = 'waiting', applied_at = NULL, problem = NULL
WHERE about_id IS NOT NULL
  AND (($1::text IS NULL AND status IN ('waiting', 'failed')) OR event_id = $1)
RETURNING event_id
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM stripe_webhook
WHERE (NOT $1 OR status IN ('waiting', 'failed'))
  AND ($2::text IS NULL OR (received_at, event_id) < (
      SELECT received_at, event_id FROM stripe_webhook WHERE event_id = $2))
ORDER BY received_at DESC, event_id DESC LIMIT $3
"""  # noqa: S608
_FORGET = """
DELETE FROM stripe_webhook WHERE event_id IN (
    SELECT event_id FROM stripe_webhook
    WHERE received_at < $1 AND status IN ('applied', 'ignored') ORDER BY received_at LIMIT $2)
RETURNING event_id
"""


class KnownWebhook(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A webhook that was kept, without what it said."""

    event_id: str
    event_type: str
    about_kind: str | None
    about_id: str | None
    was_missed: bool
    stripe_created_at: datetime
    received_at: datetime
    status: str
    tries: int
    problem: str | None
    applied_at: datetime | None


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A webhook as it came, or an event as it was listed."""

    event_id: str
    event_type: str
    about: tuple[str, str] | None
    """Which object it is about: its kind and Stripe's id; None where it tells us nothing."""
    payload: str
    was_missed: bool
    created_at: datetime


async def keep(new: NewWebhook, now: datetime) -> bool:
    """Keep a webhook; tells whether it is new."""
    kind, about_id = new.about or (None, None)
    status = "waiting" if new.about else "ignored"
    rows = await fetch(
        _KEEP,
        new.event_id,
        new.event_type,
        kind,
        about_id,
        new.payload,
        new.was_missed,
        new.created_at,
        now,
        status,
        now if status == "ignored" else None,
    )
    return bool(rows)


async def read(event_id: str) -> KnownWebhook | None:
    """Read one that was kept."""
    rows = await fetch(_READ, event_id)
    return _known(rows[0]) if rows else None


async def end(event_id: str, status: str, now: datetime) -> None:
    """Write down that nothing more is to be done for one."""
    await fetch(_END, event_id, status, now)


async def failed(event_id: str, problem: str) -> None:
    """Write down that one could not be applied so far."""
    await fetch(_FAILED, event_id, problem[:PROBLEM_MAX])


async def wait_again(event_id: str | None) -> list[str]:
    """Have one be applied anew, or all that were not applied; gives their ids."""
    return [row["event_id"] for row in await fetch(_AGAIN, event_id)]


async def page(after: str | None, count: int, *, is_open: bool) -> list[KnownWebhook]:
    """Read what was kept, the latest first; all of it, or what is not applied."""
    return [_known(row) for row in await fetch(_PAGE, is_open, after, count)]


async def forget(before: datetime, count_max: int) -> int:
    """Let go of what was applied long ago; gives how many."""
    return len(await fetch(_FORGET, before, count_max))


def _known(row: Record) -> KnownWebhook:
    return KnownWebhook(**row)
