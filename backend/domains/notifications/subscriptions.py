"""Push subscriptions: the browsers of a person that may be pushed to.

Endpoint and keys are secret: they are written here, read by the job that pushes, and shown to
nobody, not even to their owner.
"""

import hashlib
from datetime import datetime
from uuid import UUID

import msgspec

from backend.persistence.database import Record, fetch
from backend.persistence.engine import DB
from protocol.ids import uuid7

SUBSCRIPTIONS_MAX = 20
"""Browsers of one person; of more, the oldest are forgotten."""

# Whose browser it is now says the browser: two people may use one, one after the other.
_KEEP = """
INSERT INTO push_subscription
       (id, user_id, session_id, kind, endpoint, endpoint_hash, p256dh, auth, created_at)
VALUES ($1, $2, $3, 'web', $4, $5, $6, $7, $8)
ON CONFLICT (endpoint_hash) DO UPDATE SET
    id = EXCLUDED.id, user_id = EXCLUDED.user_id, session_id = EXCLUDED.session_id,
    p256dh = EXCLUDED.p256dh, auth = EXCLUDED.auth, created_at = EXCLUDED.created_at,
    pushed_at = NULL
"""
_DROP_SURPLUS = """
DELETE FROM push_subscription WHERE id IN (
    SELECT id FROM push_subscription WHERE user_id = $1 ORDER BY created_at DESC, id DESC OFFSET $2
)
"""
_SHOW = """
SELECT id, kind, created_at, pushed_at, session_id = $2 AS is_here
FROM push_subscription WHERE user_id = $1 ORDER BY created_at DESC, id DESC
"""
_DROP = "DELETE FROM push_subscription WHERE user_id = $1 AND id = $2 RETURNING 1"
_OF_USER = "SELECT id, session_id FROM push_subscription WHERE user_id = $1"
_READ = "SELECT id, user_id, endpoint, p256dh, auth FROM push_subscription WHERE id = $1"
_FORGET = "DELETE FROM push_subscription WHERE id = ANY($1)"
_PUSHED = "UPDATE push_subscription SET pushed_at = $2 WHERE id = $1"


class Browser(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as its owner sees it."""

    id: UUID
    kind: str
    created_at: datetime
    pushed_at: datetime | None
    is_here: bool
    """Whether it belongs to the session that asks."""


class KeptSubscription(msgspec.Struct, frozen=True):
    """A subscription as the job that pushes needs it."""

    subscription_id: UUID
    user_id: UUID
    endpoint: str
    p256dh: str
    auth: str


async def keep(  # noqa: PLR0913 - what a subscription consists of, by name
    user_id: UUID,
    session_id: UUID | None,
    *,
    endpoint: str,
    p256dh: str,
    auth: str,
    now: datetime,
) -> UUID:
    """Keep a subscription; one that was somebody else's is taken over. Returns its id."""
    subscription_id = uuid7(int(now.timestamp() * 1000))
    digest = hashlib.sha256(endpoint.encode()).digest()
    async with DB.transaction():
        await fetch(
            _KEEP, subscription_id, user_id, session_id, endpoint, digest, p256dh, auth, now
        )
        await fetch(_DROP_SURPLUS, user_id, SUBSCRIPTIONS_MAX)
    return subscription_id


async def show(user_id: UUID, session_id: UUID | None) -> list[Browser]:
    """List the browsers of a person, the newest first."""
    return [_browser(row) for row in await fetch(_SHOW, user_id, session_id)]


async def drop(user_id: UUID, subscription_id: UUID) -> bool:
    """Forget a browser of a person; False when they have no such."""
    return bool(await fetch(_DROP, user_id, subscription_id))


async def sessions_of(user_id: UUID) -> dict[UUID, UUID | None]:
    """List the subscriptions of a person, each with the session it was made in."""
    return {row["id"]: row["session_id"] for row in await fetch(_OF_USER, user_id)}


async def read(subscription_id: UUID) -> KeptSubscription | None:
    """Read one, with its secrets."""
    rows = await fetch(_READ, subscription_id)
    if not rows:
        return None
    row = rows[0]
    return KeptSubscription(row["id"], row["user_id"], row["endpoint"], row["p256dh"], row["auth"])


async def forget(subscription_ids: list[UUID]) -> None:
    """Forget subscriptions that lead nowhere any more."""
    await fetch(_FORGET, subscription_ids)


async def note_pushed(subscription_id: UUID, now: datetime) -> None:
    """Note when a browser was last reached."""
    await fetch(_PUSHED, subscription_id, now)


def _browser(row: Record) -> Browser:
    return Browser(
        id=row["id"],
        kind=row["kind"],
        created_at=row["created_at"],
        pushed_at=row["pushed_at"],
        is_here=bool(row["is_here"]),
    )
