"""What the routes of payments take and answer with."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, field

from backend.domains.payments.values import AmountMinor, Card, Payment, Payout
from protocol.marks import PRIVATE, SECRET
from protocol.messages import Value

Metadata = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=40)], Annotated[str, Meta(max_length=200)]],
    Meta(max_length=8),
    PRIVATE,
]
ReturnTo = Annotated[str, Meta(max_length=400)]


class Fund(Value, frozen=True):
    """Money that is to come in by card."""

    payment_id: UUID
    """Made by you; asked again with the same, nothing is paid twice."""
    amount_minor: Annotated[int, Meta(ge=1), PRIVATE]
    save_card: bool = False
    """Whether the card may be charged later for what is missed."""
    metadata: Metadata = field(default_factory=dict)
    """Whatever the app wants to be remembered of it; Stripe is not told."""


class CheckOut(Fund, frozen=True):
    """Money that is to come in by a page of Stripe's."""

    return_to: ReturnTo | None = None
    """Where the page leads back to."""


class CardWanted(Value, frozen=True):
    """A card that is to be saved."""

    setup_id: UUID
    """Made by you; asked again with the same, it is the same."""


class PaymentStarted(Value, frozen=True):
    """What PaymentSheet, or Stripe.js, needs to go on."""

    payment: Payment
    client_secret: Annotated[str, SECRET]
    customer_id: str
    ephemeral_key: Annotated[str, SECRET]
    publishable_key: str


class CardSetup(Value, frozen=True):
    """What PaymentSheet needs to save a card."""

    client_secret: Annotated[str, SECRET]
    customer_id: str
    ephemeral_key: Annotated[str, SECRET]
    publishable_key: str


class CheckoutStarted(Value, frozen=True):
    """The page to pay on."""

    payment: Payment
    url: Annotated[str, PRIVATE]


class PayOut(Value, frozen=True):
    """Money that is to go back to the cards it came from, the oldest payment first."""

    payout_id: UUID
    """Made by you; asked again with the same, nothing goes back twice."""
    amount_minor: Annotated[int, Meta(ge=1), PRIVATE]


class PaymentPage(Value, frozen=True):
    """Payments, the newest first."""

    items: list[Payment]
    next: UUID | None


class PayoutPage(Value, frozen=True):
    """Payouts, the newest first."""

    items: list[Payout]
    next: UUID | None


class PaymentsShown(Value, frozen=True):
    """How somebody stands."""

    card: Card | None
    refundable_minor: AmountMinor
    """What can go back to the cards it came from."""
    owed_minor: AmountMinor
    """What banks took back, and what could not be charged."""
    is_offered: bool
    """Whether cards are taken here at all."""


class WebhookTaken(Value, frozen=True):
    """Stripe's webhook is kept."""

    is_new: bool


class WebhookShown(Value, frozen=True):
    """A webhook as an admin sees it; what it said stays where it is."""

    event_id: str
    event_type: str
    about_id: str | None
    was_missed: bool
    """Whether it did not come by itself."""
    received_at: datetime
    status: str
    tries: int
    problem: str | None
    applied_at: datetime | None


class WebhookPage(Value, frozen=True):
    """Webhooks, the latest first."""

    items: list[WebhookShown]
    next: str | None
