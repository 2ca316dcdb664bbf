"""Stripe's webhooks: who sent one is proved on its raw body, before anything in it is believed."""

from collections.abc import Sequence
from typing import Final

import stripe

TOLERANCE_S: Final = 300
"""How old a signature may be; a recorded webhook cannot be sent again much later."""


class WebhookRefused(Exception):
    """A request is not to be taken for one of Stripe's webhooks."""


class WebhookSecretMissing(WebhookRefused):
    """No webhook can be checked, for no secret is set."""

    def __init__(self) -> None:
        super().__init__("A webhook came and no secret is set: see TANDEM_STRIPE_WEBHOOK_SECRETS.")


class SignatureWrong(WebhookRefused):
    """The signature was not made with any of our secrets over this body."""

    def __init__(self) -> None:
        super().__init__("The webhook's signature is wrong, or missing.")


class SignatureStale(WebhookRefused):
    """The signature is right, and too old."""

    def __init__(self, tolerance_s: int) -> None:
        super().__init__(f"The webhook was signed more than {tolerance_s} s ago.")


class PayloadUnreadable(WebhookRefused):
    """The body is no event of Stripe's, whoever signed it."""

    def __init__(self) -> None:
        super().__init__("The webhook's body is no event.")


def verified_event(
    raw: bytes,
    signature_header: str | None,
    secrets: Sequence[str],
    *,
    tolerance_s: int = TOLERANCE_S,
) -> stripe.Event:
    """Read an event, once it is proved that Stripe sent it; any of the secrets will do.

    Raises WebhookSecretMissing, SignatureWrong, SignatureStale, PayloadUnreadable.
    """
    if not any(secrets):
        raise WebhookSecretMissing
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise PayloadUnreadable from None
    if not any(_is_signed(text, signature_header, secret) for secret in secrets if secret):
        raise SignatureWrong
    # Any secret that is right says the same of the time, for the time is signed.
    if not any(_is_signed(text, signature_header, one, tolerance_s) for one in secrets if one):
        raise SignatureStale(tolerance_s)
    return _event_of(text)


def _is_signed(text: str, header: str | None, secret: str, tolerance_s: int | None = None) -> bool:
    try:
        stripe.WebhookSignature.verify_header(text, header, secret, tolerance_s)
    except stripe.SignatureVerificationError:
        return False
    return True


def _event_of(text: str) -> stripe.Event:
    try:
        event: stripe.Event = stripe.Webhook.construct_event_without_verification(text)
    except (ValueError, AttributeError):  # No JSON, or JSON that is no object.
        raise PayloadUnreadable from None
    if getattr(event, "object", None) != "event" or not isinstance(getattr(event, "id", None), str):
        raise PayloadUnreadable
    return event
