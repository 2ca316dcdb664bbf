"""Stripe, through its own library: a client, what may go wrong in words of ours, webhooks.

async with open_stripe(settings) as client:
    with stripe_facts():
        intent = await client.v1.payment_intents.create_async(
            {"amount": 500, "currency": "eur"}, {"idempotency_key": key}
        )
"""

from backend.integrations.stripe_api.client import (
    API_VERSION,
    Stripe,
    StripeKeyMissing,
    StripeSettings,
    open_stripe,
)
from backend.integrations.stripe_api.errors import (
    CardDeclined,
    IdempotencyKeyReused,
    StripeAway,
    StripeKeyRefused,
    StripeProblem,
    StripeRequestWrong,
    stripe_facts,
)
from backend.integrations.stripe_api.webhooks import (
    TOLERANCE_S,
    PayloadUnreadable,
    SignatureStale,
    SignatureWrong,
    WebhookRefused,
    WebhookSecretMissing,
    verified_event,
)

__all__ = [
    "API_VERSION",
    "TOLERANCE_S",
    "CardDeclined",
    "IdempotencyKeyReused",
    "PayloadUnreadable",
    "SignatureStale",
    "SignatureWrong",
    "Stripe",
    "StripeAway",
    "StripeKeyMissing",
    "StripeKeyRefused",
    "StripeProblem",
    "StripeRequestWrong",
    "StripeSettings",
    "WebhookRefused",
    "WebhookSecretMissing",
    "open_stripe",
    "stripe_facts",
    "verified_event",
]
