"""What may go wrong when Stripe is asked, each named by the fact, with nothing private in it.

Stripe's own sentences may quote what was sent, an email for instance, so they stay out of ours;
with the request's id they are found in its dashboard.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import stripe

RETRY_AFTER_MAX_S = 3_600.0
_AUTHENTICATION_REQUIRED = "authentication_required"


class StripeProblem(Exception):
    """Stripe did not do what it was asked."""

    def __init__(self, sentence: str, request_id: str | None = None) -> None:
        asked = f" (request {request_id})" if request_id else ""
        super().__init__(f"{sentence}{asked}")
        self.request_id = request_id


class CardDeclined(StripeProblem):
    """The card was not charged, or not saved; its holder has to do something."""

    def __init__(self, error: stripe.CardError) -> None:
        told = _told(error)
        self.code: str | None = error.code
        """Stripe's: card_declined, expired_card, authentication_required …"""
        self.decline_code = _text_in(told, "decline_code")
        """The bank's, if it gave one: insufficient_funds, lost_card …"""
        self.advice_code = _text_in(told, "advice_code")
        """What the bank advises: try_again_later, do_not_try_again, confirm_card_data."""
        self.payment_intent_id = _id_in(told, "payment_intent")
        self.setup_intent_id = _id_in(told, "setup_intent")
        self.charge_id = _text_in(told, "charge")
        why = " / ".join(dict.fromkeys(filter(None, (self.code, self.decline_code))))
        super().__init__(f"The card was declined: {why or 'no reason given'}.", error.request_id)

    @property
    def needs_authentication(self) -> bool:
        """Whether the bank only wants its customer to confirm, which takes them being there."""
        return _AUTHENTICATION_REQUIRED in {self.code, self.decline_code}


class StripeRequestWrong(StripeProblem):
    """Stripe does not take such a request: a bug of ours, or a thing in another state."""

    def __init__(self, error: stripe.StripeError) -> None:
        self.code = error.code
        """Stripe's, if it gave one: resource_missing, payment_intent_unexpected_state …"""
        self.param: str | None = getattr(error, "param", None)
        at = f" at {self.param}" if self.param else ""
        sentence = f"Stripe refused the request{at}: {self.code or 'no code given'}."
        super().__init__(sentence, error.request_id)


class StripeAway(StripeProblem):
    """Stripe does not answer, or wants less: try later, with the same idempotency key.

    Whether it has done what it was asked is not known.
    """

    def __init__(self, error: stripe.StripeError) -> None:
        self.retry_after_s = _retry_after_s(error.headers or {})
        """How long it wants us to wait, if it said."""
        # Who was not reached has answered nothing, a time-out included.
        why = f"it answered {error.http_status}" if error.http_status else "no answer came in time"
        super().__init__(f"Stripe cannot be used just now: {why}.", error.request_id)


class IdempotencyKeyReused(StripeProblem):
    """The idempotency key was used before, with other parameters: a bug of ours."""

    def __init__(self, error: stripe.IdempotencyError) -> None:
        sentence = "The idempotency key stands for another request: a new request needs its own."
        super().__init__(sentence, error.request_id)


class StripeKeyRefused(StripeProblem):
    """Stripe does not know our secret key, or lets it do less than we asked."""

    def __init__(self, error: stripe.StripeError) -> None:
        sentence = "Stripe refused our key: look at TANDEM_STRIPE_SECRET_KEY and its permissions."
        super().__init__(sentence, error.request_id)


@contextmanager
def stripe_facts() -> Iterator[None]:
    """Turn what the library raises in the block into a StripeProblem."""
    try:
        yield
    except stripe.StripeError as error:
        # The library's own error carries bodies, and the key's last letters: it goes no further.
        raise _fact_of(error) from None


def _fact_of(error: stripe.StripeError) -> StripeProblem:
    match error:
        case stripe.CardError():
            return CardDeclined(error)
        case stripe.IdempotencyError():
            return IdempotencyKeyReused(error)
        case stripe.AuthenticationError() | stripe.PermissionError():
            return StripeKeyRefused(error)
        case stripe.RateLimitError() | stripe.APIConnectionError() | stripe.APIError():
            return StripeAway(error)
        case _:
            return StripeRequestWrong(error)


def _told(error: stripe.StripeError) -> Mapping[str, object]:
    body = error.json_body
    told = body.get("error") if isinstance(body, dict) else None
    return told if isinstance(told, dict) else {}


def _text_in(told: Mapping[str, object], name: str) -> str | None:
    found = told.get(name)
    return found if isinstance(found, str) else None


def _id_in(told: Mapping[str, object], name: str) -> str | None:
    found = told.get(name)
    return _text_in(found, "id") if isinstance(found, dict) else None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    said = headers.get("retry-after") or headers.get("Retry-After") or ""
    if not (said.isascii() and said.isdigit()):
        return None
    return min(float(said[:9]), RETRY_AFTER_MAX_S)
