"""Pictures: what Stripe says now of a payment, with all that went back and was disputed of it.

Webhooks say that something happened, not what holds: they come late, twice and in any order. So
whatever one says, its object is read anew, and our rows are made to agree with that.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from stripe import Dispute as StripeDispute
from stripe import PaymentIntent, StripeClient
from stripe import Refund as StripeRefund

from backend.domains.payments.values import PaymentStatus, RefundStatus
from backend.integrations.stripe_api import StripeRequestWrong, stripe_facts

METADATA_PAYMENT = "tandem_payment"
METADATA_REFUND = "tandem_refund"
PARTS_MAX = 100
"""Refunds, and disputes, of one payment; Stripe has each of these on one page."""

_STATUS = {
    "requires_payment_method": PaymentStatus.OPEN,
    "requires_confirmation": PaymentStatus.OPEN,
    "requires_action": PaymentStatus.ACTION_NEEDED,
    "requires_capture": PaymentStatus.PROCESSING,
    "processing": PaymentStatus.PROCESSING,
    "succeeded": PaymentStatus.SUCCEEDED,
    "canceled": PaymentStatus.CANCELED,
}
_REFUND_STATUS = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}


class RefundSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A refund as Stripe has it."""

    stripe_id: str
    refund_id: UUID | None
    """Ours; None where it was not made here."""
    amount_minor: int
    status: RefundStatus
    problem: str | None


class DisputeSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A dispute as Stripe has it, with what it took of our balance and gave back."""

    stripe_id: str
    amount_minor: int
    status: str
    reason: str
    withdrawn_minor: int
    reinstated_minor: int
    fee_minor: int
    opened_at: datetime


class Picture(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A payment as Stripe has it."""

    stripe_id: str
    payment_id: UUID | None
    """Ours; None where it was not made here."""
    amount_minor: int
    currency: str
    status: PaymentStatus
    received_minor: int
    fee_minor: int
    problem: str | None
    client_secret: str | None
    refunds: tuple[RefundSeen, ...]
    disputes: tuple[DisputeSeen, ...]


async def read_picture(client: StripeClient, stripe_id: str) -> Picture | None:
    """Read all Stripe knows of a payment; None where there is none. Raises StripeProblem."""
    with stripe_facts():
        try:
            with stripe_facts():
                intent = await client.v1.payment_intents.retrieve_async(
                    stripe_id, {"expand": ["latest_charge.balance_transaction"]}
                )
        except StripeRequestWrong as problem:
            if problem.code == "resource_missing":
                return None
            raise
        if intent.latest_charge is None:
            return picture_of(intent, (), ())
        page: Any = {"payment_intent": stripe_id, "limit": PARTS_MAX}
        refunds = await client.v1.refunds.list_async(page)
        disputes = await client.v1.disputes.list_async(page)
    return picture_of(intent, refunds.data, disputes.data)


def picture_of(
    intent: PaymentIntent, refunds: Iterable[StripeRefund], disputes: Iterable[StripeDispute]
) -> Picture:
    """Say in our words what Stripe says."""
    status = _STATUS[intent.status]
    error = intent.last_payment_error
    if status is PaymentStatus.OPEN and error is not None:
        status = PaymentStatus.DECLINED
    return Picture(
        stripe_id=intent.id,
        payment_id=our_id(intent.metadata, METADATA_PAYMENT),
        amount_minor=intent.amount,
        currency=intent.currency,
        status=status,
        received_minor=intent.amount_received if status is PaymentStatus.SUCCEEDED else 0,
        fee_minor=_fee_of(intent.latest_charge),
        problem=(error.decline_code or error.code) if error is not None else None,
        client_secret=intent.client_secret,
        refunds=tuple(_refund(one) for one in refunds),
        disputes=tuple(_dispute(one) for one in disputes),
    )


def _fee_of(charge: Any) -> int:
    """Read what Stripe keeps; it says so a moment after the payment."""
    change = getattr(charge, "balance_transaction", None)
    fee: int = getattr(change, "fee", 0)
    return fee


def _refund(one: StripeRefund) -> RefundSeen:
    return RefundSeen(
        stripe_id=one.id,
        refund_id=our_id(one.metadata, METADATA_REFUND),
        amount_minor=one.amount,
        status=_REFUND_STATUS.get(one.status or "", RefundStatus.PENDING),
        problem=one.failure_reason or None,
    )


def _dispute(one: StripeDispute) -> DisputeSeen:
    changes = one.balance_transactions
    return DisputeSeen(
        stripe_id=one.id,
        amount_minor=one.amount,
        status=one.status,
        reason=one.reason,
        withdrawn_minor=-sum(change.amount for change in changes if change.amount < 0),
        reinstated_minor=sum(change.amount for change in changes if change.amount > 0),
        fee_minor=sum(change.fee for change in changes),
        opened_at=datetime.fromtimestamp(one.created, UTC),
    )


def our_id(metadata: Any, name: str) -> UUID | None:
    """Read an id of ours; whoever works in Stripe's dashboard may write anything there."""
    said = metadata[name] if metadata and name in metadata else ""
    try:
        return UUID(said)
    except ValueError:
        return None
