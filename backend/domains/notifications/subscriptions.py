"""Push subscriptions: the browsers of a person that may be pushed to.

Endpoint and keys are secret: they are written here, read by the job that pushes, and shown to
nobody, not even to their owner.
"""

import hashlib
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from backend.integrations.vapid import VapidKeyRing
from backend.persistence.database import Record, fetch
from backend.persistence.engine import DB
from protocol.ids import uuid7

SUBSCRIPTIONS_MAX = 20
"""Browsers of one person; of more, the revoked and the oldest are forgotten."""

# Whose browser it is now says the browser: two people may use one, one after the other. One that is
# sent again is in use, whatever had become of it.
_KEEP = """
INSERT INTO push_subscription
       (id, user_id, session_id, kind, endpoint, endpoint_hash, p256dh, auth, public_key,
        created_at, refusals)
VALUES ($1, $2, $3, 'web', $4, $5, $6, $7, $8, $9, 0)
ON CONFLICT (endpoint_hash) DO UPDATE SET
    id = EXCLUDED.id, user_id = EXCLUDED.user_id, session_id = EXCLUDED.session_id,
    p256dh = EXCLUDED.p256dh, auth = EXCLUDED.auth, public_key = EXCLUDED.public_key,
    created_at = EXCLUDED.created_at, pushed_at = NULL,
    refusals = 0, revoked_at = NULL, revoke_reason = NULL
"""
# A session is a device: one that has subscribed anew is reached by what it had before no more.
_DROP_REPLACED = """
DELETE FROM push_subscription
WHERE user_id = $1 AND session_id = $2 AND id <> $3
  AND (revoked_at IS NOT NULL OR coalesce(public_key, $5) <> $4)
"""
_DROP_SURPLUS = """
DELETE FROM push_subscription WHERE id IN (
    SELECT id FROM push_subscription WHERE user_id = $1
    ORDER BY revoked_at IS NULL DESC, created_at DESC, id DESC OFFSET $2
)
"""
_KEY_OF = "SELECT coalesce(public_key, $2) AS key FROM push_subscription WHERE endpoint_hash = $1"
_SHOW = """
SELECT id, kind, created_at, pushed_at, revoked_at, revoke_reason, session_id = $2 AS is_here,
       coalesce(public_key, $4) = $3 AS is_current_key
FROM push_subscription WHERE user_id = $1 ORDER BY created_at DESC, id DESC
"""
_DROP = "DELETE FROM push_subscription WHERE user_id = $1 AND id = $2 RETURNING 1"


class RevokeReason(StrEnum):
    """Why a browser is pushed to no more, though its owner did not say so."""

    GONE = "gone"
    """Its push service does not know it any more: the browser has dropped it."""
    REFUSED = "refused"
    """Its push service refused too often in a row."""
    KEY_RETIRED = "key_retired"
    """It was made with a key that this deployment has given up."""


class Browser(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as its owner sees it."""

    id: UUID
    kind: str
    created_at: datetime
    pushed_at: datetime | None
    is_here: bool
    """Whether it belongs to the session that asks."""
    is_current_key: bool
    """Whether it was made with the key of `GET /v1/push/key`; if not, subscribe anew."""
    revoked_at: datetime | None
    """Since when it is pushed to no more; it is listed for another 30 days."""
    revoke_reason: RevokeReason | None


async def keep(  # noqa: PLR0913 - what a subscription consists of, by name
    user_id: UUID,
    session_id: UUID | None,
    *,
    endpoint: str,
    p256dh: str,
    auth: str,
    public_key: str,
    keys: VapidKeyRing,
    now: datetime,
) -> UUID:
    """Keep a subscription; one that was somebody else's is taken over. Returns its id.

    Made with the key at hand, it replaces what its session had with former keys, or revoked.
    """
    subscription_id = uuid7(int(now.timestamp() * 1000))
    digest = _digest(endpoint)
    secrets = (endpoint, digest, p256dh, auth)
    async with DB.transaction():
        await fetch(_KEEP, subscription_id, user_id, session_id, *secrets, public_key, now)
        if public_key == keys.current:
            replaced = (user_id, session_id, subscription_id, keys.current, keys.eldest)
            await fetch(_DROP_REPLACED, *replaced)
        await fetch(_DROP_SURPLUS, user_id, SUBSCRIPTIONS_MAX)
    return subscription_id


async def key_of(endpoint: str, keys: VapidKeyRing) -> str | None:
    """Tell with which key an endpoint was kept; None when it was not."""
    rows = await fetch(_KEY_OF, _digest(endpoint), keys.eldest)
    return str(rows[0]["key"]) if rows else None


async def show(user_id: UUID, session_id: UUID | None, keys: VapidKeyRing) -> list[Browser]:
    """List the browsers of a person, the newest first."""
    rows = await fetch(_SHOW, user_id, session_id, keys.current, keys.eldest)
    return [_browser(row) for row in rows]


async def drop(user_id: UUID, subscription_id: UUID) -> bool:
    """Forget a browser of a person; False when they have no such."""
    return bool(await fetch(_DROP, user_id, subscription_id))


def _digest(endpoint: str) -> bytes:
    return hashlib.sha256(endpoint.encode()).digest()


def _browser(row: Record) -> Browser:
    return Browser(
        id=row["id"],
        kind=row["kind"],
        created_at=row["created_at"],
        pushed_at=row["pushed_at"],
        is_here=bool(row["is_here"]),
        is_current_key=row["is_current_key"],
        revoked_at=row["revoked_at"],
        revoke_reason=RevokeReason(row["revoke_reason"]) if row["revoke_reason"] else None,
    )
