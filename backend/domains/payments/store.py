"""Payments and customers, read and written; rows of these no actor keeps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from backend.domains.payments.booking import KnownPayment
from backend.domains.payments.values import (
    OWED,
    UNDECIDED,
    Payment,
    PaymentStatus,
    PaymentType,
)
from backend.persistence.advisory_lock import lock_until_commit
from backend.persistence.database import Record, fetch

_COLUMNS = """
id, user_id, payment_type, status, amount_minor, currency, received_minor, fee_minor,
refunded_minor, disputed_minor, stripe_id, checkout_session_id, saves_card, by_page, goes_to,
challenge_id, challenge_event_id, problem, tries, next_try_at, version, seen_event_at,
created_at, paid_at
"""
_READ = f"SELECT {_COLUMNS} FROM payment_intent WHERE id = $1"  # noqa: S608 - all of it is ours
_FIND = f"SELECT {_COLUMNS} FROM payment_intent WHERE stripe_id = $1"  # noqa: S608
_LOCK = f"{_READ} FOR UPDATE"
_PAGE = f"""
SELECT {_COLUMNS} FROM payment_intent
WHERE user_id = $1 AND ($2::uuid IS NULL OR (created_at, id) < (
    SELECT created_at, id FROM payment_intent WHERE id = $2 AND user_id = $1))
ORDER BY created_at DESC, id DESC LIMIT $3
"""  # noqa: S608
_PLAN = """
INSERT INTO payment_intent (id, user_id, payment_type, status, amount_minor, currency, saves_card,
                            by_page, metadata, created_at, updated_at)
VALUES ($1, $2, 'fund', 'planned', $3, 'usd', $4, $5, $6::text::jsonb, $7, $7)
ON CONFLICT (id) DO NOTHING
RETURNING id
"""
# Whoever was told Stripe's id first keeps it: a second object would never be confirmed.
_KNOWN_TO_STRIPE = """
UPDATE payment_intent SET stripe_id = $2, version = version + 1,
       status = CASE status WHEN 'planned' THEN 'open' ELSE status END, updated_at = $3
WHERE id = $1 AND stripe_id IS NULL
"""
_KNOWN_AS_SESSION = """
UPDATE payment_intent SET checkout_session_id = $2, version = version + 1,
       status = CASE status WHEN 'planned' THEN 'open' ELSE status END, updated_at = $3
WHERE id = $1 AND checkout_session_id IS NULL
"""
_WRITE = """
UPDATE payment_intent
SET status = $2, stripe_id = coalesce(stripe_id, $3), received_minor = $4, fee_minor = $5,
    refunded_minor = $6, disputed_minor = $7, problem = $8, tries = $9, next_try_at = $10,
    paid_at = $11, seen_event_at = greatest(seen_event_at, $12), updated_at = $13,
    version = version + 1
WHERE id = $1
"""
_USED = """
SELECT count(*) FILTER (WHERE status = ANY($3)) AS open,
       coalesce(sum(amount_minor) FILTER (WHERE status = ANY($3) OR paid_at > $2), 0)
           AS paid_minor
FROM payment_intent WHERE user_id = $1 AND payment_type = 'fund'
"""
_CLAIM = """
UPDATE payment_intent SET next_try_at = $1::timestamptz + make_interval(secs => $3)
WHERE id IN (SELECT id FROM payment_intent WHERE next_try_at <= $1
             ORDER BY next_try_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING id
"""
_OWED_FORFEITS = """
SELECT coalesce(sum(amount_minor), 0)::bigint AS owed_minor FROM payment_intent
WHERE user_id = $1 AND payment_type = 'forfeit' AND status = ANY($2)
"""
_UNPAID_FORFEITS = """
SELECT coalesce(sum(amount_minor), 0)::bigint AS unpaid_minor FROM payment_intent
WHERE user_id = $1 AND payment_type = 'forfeit' AND status NOT IN ('succeeded', 'canceled')
"""
_COLLECT_AGAIN = """
UPDATE payment_intent SET next_try_at = $2, version = version + 1
WHERE user_id = $1 AND payment_type = 'forfeit' AND status = ANY($3) RETURNING id
"""


class PaymentRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A payment as its row has it."""

    id: UUID
    user_id: UUID
    payment_type: PaymentType
    status: PaymentStatus
    amount_minor: int
    currency: str
    received_minor: int
    fee_minor: int
    refunded_minor: int
    disputed_minor: int
    stripe_id: str | None
    checkout_session_id: str | None
    saves_card: bool
    by_page: bool
    goes_to: UUID | None
    challenge_id: UUID | None
    challenge_event_id: UUID | None
    problem: str | None
    tries: int
    next_try_at: datetime | None
    version: int
    seen_event_at: datetime | None
    created_at: datetime
    paid_at: datetime | None

    @property
    def known(self) -> KnownPayment:
        """What of it is in our books."""
        return KnownPayment(
            id=self.id,
            user_id=self.user_id,
            payment_type=self.payment_type,
            received_minor=self.received_minor,
            fee_minor=self.fee_minor,
            goes_to=self.goes_to,
            challenge_event_id=self.challenge_event_id,
        )

    @property
    def is_at_stripe(self) -> bool:
        """Whether Stripe has an object of it that we know."""
        return self.stripe_id is not None or self.checkout_session_id is not None

    @property
    def shown(self) -> Payment:
        """As its payer sees it."""
        return Payment(
            payment_id=self.id,
            payment_type=self.payment_type,
            status=self.status,
            amount_minor=self.amount_minor,
            currency=self.currency,
            refunded_minor=self.refunded_minor,
            disputed_minor=self.disputed_minor,
            challenge_id=self.challenge_id,
            challenge_event_id=self.challenge_event_id,
            problem=self.problem,
            next_try_at=self.next_try_at,
            created_at=self.created_at,
            paid_at=self.paid_at,
        )


async def read(payment_id: UUID) -> PaymentRow | None:
    """Read a payment."""
    return _first(await fetch(_READ, payment_id))


async def find(stripe_id: str) -> PaymentRow | None:
    """Find a payment by Stripe's id."""
    return _first(await fetch(_FIND, stripe_id))


async def lock(payment_id: UUID) -> PaymentRow:
    """Read a payment, and let nobody else change it before the transaction ends."""
    found = _first(await fetch(_LOCK, payment_id))
    assert found is not None  # noqa: S101 - no payment is ever deleted
    return found


async def read_page(user_id: UUID, after: UUID | None, count: int) -> list[PaymentRow]:
    """Read somebody's payments, the newest first."""
    return [_payment(row) for row in await fetch(_PAGE, user_id, after, count)]


async def one_at_a_time(user_id: UUID) -> None:
    """Let nobody else count, book or recover what somebody pays before the transaction ends.

    It comes before any row is locked: what is owed is of all their payments together.
    """
    await lock_until_commit(f"payments/{user_id}")


async def plan(  # noqa: PLR0913 - a payment says this much, by name
    payment_id: UUID,
    *,
    user_id: UUID,
    amount_minor: int,
    saves_card: bool,
    by_page: bool,
    metadata: Mapping[str, str],
    now: datetime,
) -> bool:
    """Write down that somebody wants to pay in; tells whether the id was new."""
    told = msgspec.json.encode(metadata).decode()
    values = (user_id, amount_minor, saves_card, by_page, told, now)
    return bool(await fetch(_PLAN, payment_id, *values))


async def set_stripe_id(payment_id: UUID, stripe_id: str, now: datetime) -> None:
    """Know a payment by Stripe's id, unless it is known by one."""
    await fetch(_KNOWN_TO_STRIPE, payment_id, stripe_id, now)


async def set_session_id(payment_id: UUID, session_id: str, now: datetime) -> None:
    """Know on which page of Stripe's a payment is made, unless that is known."""
    await fetch(_KNOWN_AS_SESSION, payment_id, session_id, now)


async def write(row: PaymentRow, now: datetime) -> None:
    """Write what has become of a payment that is locked."""
    await fetch(
        _WRITE,
        row.id,
        row.status,
        row.stripe_id,
        row.received_minor,
        row.fee_minor,
        row.refunded_minor,
        row.disputed_minor,
        row.problem,
        row.tries,
        row.next_try_at,
        row.paid_at,
        row.seen_event_at,
        now,
    )


async def used(user_id: UUID, since: datetime) -> tuple[int, int]:
    """Say how many payments of somebody are open, and how much those and the paid since are."""
    row = (await fetch(_USED, user_id, since, list(UNDECIDED)))[0]
    return row["open"], int(row["paid_minor"])


async def claim_due(now: datetime, count_max: int, again_after_s: int) -> list[UUID]:
    """Take forfeits whose next try is due; one that is not heard of again comes up later."""
    return [row["id"] for row in await fetch(_CLAIM, now, count_max, again_after_s)]


async def owed_forfeits(user_id: UUID) -> int:
    """Say how much of what somebody forfeited is not paid."""
    owed: int = (await fetch(_OWED_FORFEITS, user_id, list(OWED)))[0]["owed_minor"]
    return owed


async def unpaid_forfeits(user_id: UUID) -> int:
    """Say how much of what somebody forfeited is not paid, or still to be charged."""
    unpaid: int = (await fetch(_UNPAID_FORFEITS, user_id))[0]["unpaid_minor"]
    return unpaid


async def collect_again(user_id: UUID, now: datetime) -> int:
    """Have what somebody owes be tried now, for instance by another card."""
    return len(await fetch(_COLLECT_AGAIN, user_id, now, list(OWED)))


def _first(rows: Sequence[Record]) -> PaymentRow | None:
    return _payment(rows[0]) if rows else None


def _payment(row: Record) -> PaymentRow:
    kinds: dict[str, Any] = {
        "payment_type": PaymentType(row["payment_type"]),
        "status": PaymentStatus(row["status"]),
    }
    return PaymentRow(**{**row, **kinds})
