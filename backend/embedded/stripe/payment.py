"""The payment intent itself: how far a payment is."""

from typing import Any, ClassVar

from msgspec import field

from backend.embedded.stripe.intents import Behind
from backend.embedded.stripe.resource import Resource

CONFIRMABLE = {"requires_payment_method", "requires_confirmation", "requires_action"}


class PaymentIntent(Resource, tag="payment_intent", kw_only=True):
    """A payment, from the wish to the money."""

    prefix: ClassVar = "pi_"
    path: ClassVar = "/v1/payment_intents"

    behind: Behind = field(default_factory=Behind)
    allowed_payment_method_types: list[str] | None = None
    amount: int
    amount_capturable: int = 0
    amount_details: dict[str, Any] = field(default_factory=dict)
    amount_received: int = 0
    application: None = None
    application_fee_amount: None = None
    automatic_payment_methods: dict[str, Any] | None = None
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    capture_method: str = "automatic_async"
    client_secret: str
    confirmation_method: str = "automatic"
    currency: str
    customer: str | None = None
    description: str | None = None
    last_payment_error: dict[str, Any] | None = None
    latest_charge: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    next_action: dict[str, Any] | None = None
    on_behalf_of: None = None
    payment_method: str | None = None
    payment_method_configuration_details: None = None
    payment_method_options: dict[str, Any] = field(default_factory=dict)
    payment_method_types: list[str] = field(default_factory=lambda: ["card"])
    processing: None = None
    receipt_email: str | None = None
    review: None = None
    setup_future_usage: str | None = None
    shipping: None = None
    source: None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    status: str
    transfer_data: None = None
    transfer_group: str | None = None
