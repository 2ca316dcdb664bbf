"""A stand-in for Stripe: beside localstripe, which it starts, what Tandem needs of the real one.

async with EmbeddedStripe(folder / "stripe", on_progress=print) as stripe:
    settings = StripeSettings(secret_key=SECRET_KEY, api_base=stripe.url)

It speaks to Stripe's own library in Stripe's shapes, has the pages on which one pays, and delivers
webhooks. What a test wants of it that Stripe has no word for is under `/_control`.
"""

from backend.embedded.stripe.deliveries import Delivered, Delivery, Endpoint, Held
from backend.embedded.stripe.embedded import SECRET_KEY, EmbeddedStripe
from backend.embedded.stripe.intents import PAY_PATH
from backend.embedded.stripe.orders import Trouble
from backend.embedded.stripe.remote import ControlRefused, StripeControl

__all__ = [
    "PAY_PATH",
    "SECRET_KEY",
    "ControlRefused",
    "Delivered",
    "Delivery",
    "EmbeddedStripe",
    "Endpoint",
    "Held",
    "StripeControl",
    "Trouble",
]
