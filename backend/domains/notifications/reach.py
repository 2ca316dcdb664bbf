"""Reach: which browsers a worker may push to, and what becomes of those it reaches no more."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from backend.domains.notifications.subscriptions import RevokeReason
from backend.integrations.push_answer import PushEnd
from backend.integrations.web_push import Subscription
from backend.persistence.database import fetch

REFUSALS_MAX = 10
"""So many lasting refusals in a row, and nothing between them that was taken, revoke."""
REVOKED_KEPT = timedelta(days=30)
"""So long the owner of a browser sees why it is pushed to no more."""

_OF_USER = "SELECT id, session_id FROM push_subscription WHERE user_id = $1 AND revoked_at IS NULL"
_READ = """
SELECT id, user_id, endpoint, p256dh, auth, coalesce(public_key, $2) AS public_key
FROM push_subscription WHERE id = $1 AND revoked_at IS NULL
"""
_FORGET = "DELETE FROM push_subscription WHERE id = ANY($1)"
_DELIVERED = "UPDATE push_subscription SET pushed_at = $2, refusals = 0 WHERE id = $1"
_REVOKE = """
UPDATE push_subscription SET revoked_at = $3, revoke_reason = $2
WHERE id = $1 AND revoked_at IS NULL RETURNING 1
"""
_COUNT_REFUSAL = """
UPDATE push_subscription SET refusals = refusals + 1
WHERE id = $1 AND revoked_at IS NULL RETURNING refusals
"""
_FORGET_REVOKED = """
DELETE FROM push_subscription WHERE id IN (
    SELECT id FROM push_subscription WHERE revoked_at <= $1 ORDER BY revoked_at LIMIT $2
    FOR UPDATE SKIP LOCKED
) RETURNING 1
"""
_NOTE_KEY = """
UPDATE push_subscription SET public_key = $1 WHERE id IN (
    SELECT id FROM push_subscription WHERE public_key IS NULL LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING 1
"""
_REVOKING = {
    PushEnd.GONE: RevokeReason.GONE,
    PushEnd.KEY_RETIRED: RevokeReason.KEY_RETIRED,
}


class ReachedBrowser(msgspec.Struct, frozen=True):
    """A browser as the job that pushes needs it."""

    subscription_id: UUID
    user_id: UUID
    subscription: Subscription


async def sessions_of(user_id: UUID) -> dict[UUID, UUID | None]:
    """List the subscriptions of a person that hold, each with the session it was made in."""
    return {row["id"]: row["session_id"] for row in await fetch(_OF_USER, user_id)}


async def read(subscription_id: UUID, *, eldest_key: str) -> ReachedBrowser | None:
    """Read one that holds, with its secrets; where no key is noted it was the eldest."""
    rows = await fetch(_READ, subscription_id, eldest_key)
    if not rows:
        return None
    row = rows[0]
    subscription = Subscription(row["endpoint"], row["p256dh"], row["auth"], row["public_key"])
    return ReachedBrowser(row["id"], row["user_id"], subscription)


async def forget(subscription_ids: list[UUID]) -> None:
    """Forget subscriptions at once, such as those of ended sessions."""
    await fetch(_FORGET, subscription_ids)


async def note_end(subscription_id: UUID, end: PushEnd, now: datetime) -> RevokeReason | None:
    """Note how a push ended; says why the subscription is revoked by that, if it is."""
    if end is PushEnd.DELIVERED:
        await fetch(_DELIVERED, subscription_id, now)
        return None
    reason = _REVOKING.get(end)
    if reason is None:
        rows = await fetch(_COUNT_REFUSAL, subscription_id)
        if not rows or rows[0]["refusals"] < REFUSALS_MAX:
            return None
        reason = RevokeReason.REFUSED
    return reason if await fetch(_REVOKE, subscription_id, reason.value, now) else None


async def forget_revoked(now: datetime, count_max: int) -> int:
    """Forget some of those revoked long ago; returns how many."""
    return len(await fetch(_FORGET_REVOKED, now - REVOKED_KEPT, count_max))


async def note_key(eldest_key: str, count_max: int) -> int:
    """Write down the key of some subscriptions from when there was but one; returns how many."""
    return len(await fetch(_NOTE_KEY, eldest_key, count_max))
