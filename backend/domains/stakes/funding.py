"""Funding: who may pay money in, by what protects them as the tables say it.

For routes, which have no actor at hand. Whoever takes money out again is not asked.
"""

from datetime import datetime
from uuid import UUID

from backend.domains.stakes import store
from backend.domains.stakes.rules import Stakes, check_is_let


async def check_may_fund(user_id: UUID, now: datetime) -> None:
    """Refuse that somebody pays in who is to be kept from it. Raises AdultsOnly, Excluded."""
    found = await store.load_stakes([user_id])
    check_is_let(found.get(user_id, Stakes()).protection, now)
