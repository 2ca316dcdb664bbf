"""Which sessions are alive: for rooms that keep something for as long as somebody is signed in."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend.persistence.database import fetch

_ALIVE = """
SELECT s.id FROM session AS s JOIN "user" AS u ON u.id = s.user_id
WHERE s.id = ANY($1) AND s.revoked_at IS NULL AND s.expires_at > $2 AND u.is_active
"""


async def alive_among(session_ids: Sequence[UUID], now: datetime) -> set[UUID]:
    """Say which of these sessions have not ended."""
    return {row["id"] for row in await fetch(_ALIVE, list(session_ids), now)}
