"""What payments are made of."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from protocol.marks import PRIVATE
from protocol.messages import Value

AmountMinor = Annotated[int, Meta(ge=0), PRIVATE]
CURRENCY = "usd"


class PaymentType(StrEnum):
    """What a payment is for."""

    FUND = "fund"
    """Money for the payer's own wallet."""
    FORFEIT = "forfeit"
    """What was missed, and is paid by a saved card."""


class PaymentStatus(StrEnum):
    """How far a payment has come."""

    PLANNED = "planned"
    """Stripe has not been asked yet."""
    OPEN = "open"
    """It waits for a card."""
    ACTION_NEEDED = "action_needed"
    """The bank wants the payer to confirm."""
    PROCESSING = "processing"
    DECLINED = "declined"
    """The last try failed; another follows, or the payer pays by another card."""
    UNPAID = "unpaid"
    """What was forfeited could not be collected; it is owed, and can still be paid."""
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


OWED = (PaymentStatus.ACTION_NEEDED, PaymentStatus.DECLINED, PaymentStatus.UNPAID)
"""How a forfeit stands that somebody owes."""
UNDECIDED = (
    PaymentStatus.PLANNED,
    PaymentStatus.OPEN,
    PaymentStatus.ACTION_NEEDED,
    PaymentStatus.PROCESSING,
    PaymentStatus.DECLINED,
)


class RefundStatus(StrEnum):
    """How far a refund has come."""

    PLANNED = "planned"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Payment(Value, frozen=True):
    """A payment as its payer sees it."""

    payment_id: UUID
    payment_type: PaymentType
    status: PaymentStatus
    amount_minor: AmountMinor
    currency: str
    refunded_minor: AmountMinor
    """What went back to the card, or is on its way."""
    disputed_minor: AmountMinor
    """What the bank took back."""
    challenge_id: UUID | None
    challenge_event_id: UUID | None
    problem: Annotated[str | None, PRIVATE]
    """Why it was declined, in Stripe's word, or `no_card`."""
    next_try_at: datetime | None
    """When the saved card is tried again."""
    created_at: datetime
    paid_at: datetime | None


class Refund(Value, frozen=True):
    """A part of a payment on its way back to its card."""

    refund_id: UUID
    payment_id: UUID
    amount_minor: AmountMinor
    status: RefundStatus


class Payout(Value, frozen=True):
    """Money that goes back to the cards it came from."""

    payout_id: UUID
    amount_minor: AmountMinor
    refunds: tuple[Refund, ...]
    created_at: datetime


class Card(Value, frozen=True):
    """The card that is charged while its owner is away; no more of it is known here."""

    brand: Annotated[str, PRIVATE]
    last4: Annotated[str, PRIVATE]
    expires_on: date
