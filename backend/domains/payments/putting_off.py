"""Putting off: what Stripe could not be asked just now is asked again later."""

from backend.integrations.stripe_api import StripeAway, StripeKeyRefused
from backend.persistence.jobs import TryLater


def later(problem: StripeAway | StripeKeyRefused) -> TryLater:
    """Make what a job raises to be tried again, as late as Stripe wants it."""
    wait_s = problem.retry_after_s if isinstance(problem, StripeAway) else None
    return TryLater(str(problem), wait_s or 0.0)
