"""Funding: who may bring money for promises at all."""

from datetime import datetime
from uuid import UUID

from backend.domains.stakes import rules, store
from backend.domains.stakes.rules import Stakes


async def check_may_fund(user_id: UUID, now: datetime) -> None:
    """Refuse money of who is to be protected from putting it on a promise.

    Raises AdultsOnly, Excluded.
    """
    found = (await store.load_stakes([user_id])).get(user_id, Stakes())
    rules.check_person(found.protection, now)
