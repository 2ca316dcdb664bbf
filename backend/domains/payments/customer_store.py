"""Who people are to Stripe, and their saved cards."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.domains.payments.values import Card
from backend.persistence.database import Record, fetch

_COLUMNS = """
user_id, stripe_customer_id, card_id, card_brand, card_last4, card_expires_on, version,
seen_event_at
"""
_READ = f"SELECT {_COLUMNS} FROM payment_customer WHERE user_id = $1"  # noqa: S608 - all of it is ours
_FIND = f"SELECT {_COLUMNS} FROM payment_customer WHERE stripe_customer_id = $1"  # noqa: S608
_LOCK = f"{_READ} FOR UPDATE"
# Whichever of two that were made at once is written down first is who the person is.
_ADD = """
INSERT INTO payment_customer AS c (user_id, stripe_customer_id, created_at, updated_at)
VALUES ($1, $2, $3, $3)
ON CONFLICT (user_id) DO UPDATE SET stripe_customer_id = coalesce(
    c.stripe_customer_id, excluded.stripe_customer_id)
RETURNING stripe_customer_id
"""
_WRITE = """
UPDATE payment_customer
SET card_id = $2, card_brand = $3, card_last4 = $4, card_expires_on = $5, version = version + 1,
    seen_event_at = greatest(seen_event_at, $6), updated_at = $7
WHERE user_id = $1
"""
_FORGET_ID = "UPDATE payment_customer SET stripe_customer_id = NULL WHERE user_id = $1"


class CustomerRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who somebody is to Stripe."""

    user_id: UUID
    stripe_customer_id: str | None
    card_id: str | None
    card: Card | None
    version: int
    seen_event_at: datetime | None


async def read(user_id: UUID) -> CustomerRow | None:
    """Read who somebody is to Stripe, if they are anybody."""
    return _first(await fetch(_READ, user_id))


async def find(stripe_customer_id: str) -> CustomerRow | None:
    """Find who somebody is by Stripe's id."""
    return _first(await fetch(_FIND, stripe_customer_id))


async def lock(user_id: UUID) -> CustomerRow | None:
    """Read it, and let nobody else change it before the transaction ends."""
    return _first(await fetch(_LOCK, user_id))


async def add(user_id: UUID, stripe_customer_id: str, now: datetime) -> str:
    """Know who somebody is; gives the id that counts."""
    rows = await fetch(_ADD, user_id, stripe_customer_id, now)
    known: str = rows[0]["stripe_customer_id"]
    return known


async def write_card(
    user_id: UUID, card_id: str | None, card: Card | None, seen_at: datetime | None, now: datetime
) -> None:
    """Know which card is charged while somebody is away."""
    said = (card.brand, card.last4, card.expires_on) if card else (None, None, None)
    await fetch(_WRITE, user_id, card_id, *said, seen_at, now)


async def forget_id(user_id: UUID) -> None:
    """Know somebody no more by an id that means nobody at Stripe now."""
    await fetch(_FORGET_ID, user_id)


def _first(rows: list[Record]) -> CustomerRow | None:
    if not rows:
        return None
    row = rows[0]
    card = None
    if row["card_id"] is not None:
        card = Card(
            brand=row["card_brand"], last4=row["card_last4"], expires_on=row["card_expires_on"]
        )
    return CustomerRow(
        user_id=row["user_id"],
        stripe_customer_id=row["stripe_customer_id"],
        card_id=row["card_id"],
        card=card,
        version=row["version"],
        seen_event_at=row["seen_event_at"],
    )
