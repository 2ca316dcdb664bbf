"""The services of this deployment: what nodes and workers use of the world outside."""

from typing import Any

from backend.integrations.stripe_api import Stripe, StripeSettings
from backend.settings import Settings


def services_of(settings: Settings) -> dict[type, Any]:
    """Make what both a node and a worker use; nothing is connected yet."""
    return {Stripe: Stripe(stripe_settings(settings))}


def stripe_settings(settings: Settings) -> StripeSettings:
    """Say what the client of Stripe must know of the settings."""
    return StripeSettings(
        secret_key=settings.stripe_secret_key,
        publishable_key=settings.stripe_publishable_key,
        webhook_secrets=tuple(settings.stripe_webhook_secrets.split()),
        api_base=settings.stripe_api_base,
    )
