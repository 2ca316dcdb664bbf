"""What went back of payments and was disputed, read and written."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from backend.domains.payments.booking import KnownDispute, KnownRefund
from backend.domains.payments.picture import DisputeSeen
from backend.domains.payments.store import PaymentRow
from backend.domains.payments.values import Payout, Refund, RefundStatus
from backend.persistence.database import Record, fetch

_OF_STRIPE = UUID("7a3d9c52-3f0e-5d8b-9a64-6f1f5d1f2c11")
"""The namespace of ids made of Stripe's; it must never change."""

_REFUNDS = """
SELECT id, user_id, amount_minor, from_wallet_minor, payout_id, status, stripe_id
FROM payment_refund WHERE payment_intent_id = $1 ORDER BY id FOR UPDATE
"""
_ADD_REFUND = """
INSERT INTO payment_refund (id, payment_intent_id, payout_id, user_id, amount_minor,
                            from_wallet_minor, status, stripe_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
"""
_WRITE_REFUND = """
UPDATE payment_refund SET status = $2, stripe_id = coalesce(stripe_id, $3),
       from_wallet_minor = $4, problem = $5, updated_at = $6
WHERE id = $1
"""
_DISPUTES = """
SELECT id, user_id, withdrawn_minor, reinstated_minor, fee_minor, recovered_minor, recoveries
FROM payment_dispute WHERE payment_intent_id = $1
"""
_WRITE_DISPUTE = """
INSERT INTO payment_dispute (id, payment_intent_id, user_id, stripe_id, status, reason,
    amount_minor, withdrawn_minor, reinstated_minor, fee_minor, recovered_minor, opened_at,
    updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (id) DO UPDATE SET status = excluded.status, reason = excluded.reason,
    withdrawn_minor = excluded.withdrawn_minor, reinstated_minor = excluded.reinstated_minor,
    fee_minor = excluded.fee_minor, recovered_minor = excluded.recovered_minor,
    recoveries = payment_dispute.recoveries + (
        payment_dispute.recovered_minor <> excluded.recovered_minor)::integer,
    updated_at = excluded.updated_at
"""
_OWED_DISPUTES = """
SELECT id, user_id, withdrawn_minor, reinstated_minor, fee_minor, recovered_minor, recoveries
FROM payment_dispute
WHERE user_id = $1 AND withdrawn_minor - reinstated_minor > recovered_minor
ORDER BY opened_at, id FOR UPDATE
"""
_RECOVERED = """
UPDATE payment_dispute SET recovered_minor = recovered_minor + $2, recoveries = recoveries + 1,
       updated_at = $3
WHERE id = $1
"""
_OWED = """
SELECT coalesce(sum(withdrawn_minor - reinstated_minor - recovered_minor), 0)::bigint AS owed_minor
FROM payment_dispute WHERE user_id = $1
"""
_OWING = """
SELECT DISTINCT d.user_id FROM payment_dispute AS d
JOIN wallet AS w ON w.owner_id = d.user_id AND w.asset = 'usd' AND w.available_minor > 0
WHERE d.withdrawn_minor - d.reinstated_minor > d.recovered_minor
ORDER BY d.user_id LIMIT $1
"""
_REFUND_PAYOUT = """
SELECT payout_id FROM payment_refund WHERE id = $1
"""
_PAYOUTS = """
SELECT id, amount_minor, created_at FROM payout
WHERE user_id = $1 AND ($2::uuid IS NULL OR (created_at, id) < (
    SELECT created_at, id FROM payout WHERE id = $2 AND user_id = $1))
ORDER BY created_at DESC, id DESC LIMIT $3
"""
_PAYOUT = "SELECT id, user_id, amount_minor, created_at FROM payout WHERE id = $1"
_PARTS = """
SELECT r.id, r.payment_intent_id, r.payout_id, r.amount_minor, r.status FROM payment_refund AS r
JOIN payment_intent AS p ON p.id = r.payment_intent_id
WHERE r.payout_id = ANY($1) ORDER BY p.created_at, p.id
"""


class RefundRow(KnownRefund, frozen=True, kw_only=True, gc=False):
    """A refund as its row has it."""

    payout_id: UUID | None
    status: RefundStatus
    stripe_id: str | None


def id_of(stripe_id: str) -> UUID:
    """Name by an id of ours what was first heard of from Stripe."""
    return uuid5(_OF_STRIPE, stripe_id)


async def refunds_of(payment_id: UUID) -> list[RefundRow]:
    """Read the refunds of a payment that is locked."""
    return [
        RefundRow(
            **{
                **row,
                "is_held": row["payout_id"] is not None,
                "status": RefundStatus(row["status"]),
            }
        )
        for row in await fetch(_REFUNDS, payment_id)
    ]


async def add_refund(refund: RefundRow, payment_id: UUID, now: datetime) -> None:
    """Write down a refund."""
    await fetch(
        _ADD_REFUND,
        refund.id,
        payment_id,
        refund.payout_id,
        refund.user_id,
        refund.amount_minor,
        refund.from_wallet_minor,
        refund.status,
        refund.stripe_id,
        now,
    )


async def write_refund(refund: RefundRow, problem: str | None, now: datetime) -> None:
    """Write how far a refund has come."""
    await fetch(
        _WRITE_REFUND,
        refund.id,
        refund.status,
        refund.stripe_id,
        refund.from_wallet_minor,
        problem,
        now,
    )


async def disputes_of(payment_id: UUID) -> dict[UUID, KnownDispute]:
    """Read the disputes of a payment that is locked."""
    return {row["id"]: KnownDispute(**row) for row in await fetch(_DISPUTES, payment_id)}


async def write_dispute(
    known: KnownDispute, payment: PaymentRow, seen: DisputeSeen, now: datetime
) -> None:
    """Write how far a dispute has come."""
    await fetch(
        _WRITE_DISPUTE,
        known.id,
        payment.id,
        known.user_id,
        seen.stripe_id,
        seen.status,
        seen.reason,
        seen.amount_minor,
        seen.withdrawn_minor,
        seen.reinstated_minor,
        seen.fee_minor,
        known.recovered_minor,
        seen.opened_at,
        now,
    )


async def owed_disputes(user_id: UUID) -> list[KnownDispute]:
    """Read what somebody owes, and let nobody else change it before the transaction ends."""
    return [KnownDispute(**row) for row in await fetch(_OWED_DISPUTES, user_id)]


async def add_recovered(dispute_id: UUID, amount_minor: int, now: datetime) -> None:
    """Write down that some of what is owed came from the wallet."""
    await fetch(_RECOVERED, dispute_id, amount_minor, now)


async def owed(user_id: UUID) -> int:
    """Say how much somebody owes, because payments were taken back."""
    found: int = (await fetch(_OWED, user_id))[0]["owed_minor"]
    return found


async def owing_people(count_max: int) -> list[UUID]:
    """Find people who owe something and have something."""
    return [row["user_id"] for row in await fetch(_OWING, count_max)]


async def payout_of(refund_id: UUID) -> UUID | None:
    """Find the payout a refund is a piece of."""
    rows = await fetch(_REFUND_PAYOUT, refund_id)
    return rows[0]["payout_id"] if rows else None


async def read_payout(payout_id: UUID) -> tuple[UUID, Payout] | None:
    """Read a payout, and whose it is."""
    rows = await fetch(_PAYOUT, payout_id)
    if not rows:
        return None
    (shown,) = await _with_refunds(rows)
    return rows[0]["user_id"], shown


async def payout_page(user_id: UUID, after: UUID | None, count: int) -> list[Payout]:
    """Read somebody's payouts, the newest first."""
    return await _with_refunds(await fetch(_PAYOUTS, user_id, after, count))


async def _with_refunds(payouts: Sequence[Record]) -> list[Payout]:
    refunds: dict[UUID, list[Refund]] = {}
    for row in await fetch(_PARTS, [row["id"] for row in payouts]):
        refunds.setdefault(row["payout_id"], []).append(
            Refund(
                refund_id=row["id"],
                payment_id=row["payment_intent_id"],
                amount_minor=row["amount_minor"],
                status=RefundStatus(row["status"]),
            )
        )
    return [
        Payout(
            payout_id=row["id"],
            amount_minor=row["amount_minor"],
            refunds=tuple(refunds.get(row["id"], ())),
            created_at=row["created_at"],
        )
        for row in payouts
    ]


def seen_minor(refunds: Iterable[RefundRow], statuses: Iterable[RefundStatus]) -> int:
    """Add up refunds that are in one of these states."""
    wanted = set(statuses)
    return sum(one.amount_minor for one in refunds if one.status in wanted)
