"""Stripe for a test: the stand-in always, and test mode itself where a key of it is at hand.

    TANDEM_STRIPE_TEST_KEY=sk_test_… pytest tests/stripe

What only the stand-in can be told to do asks for `control`, and is left out with Stripe itself.
"""

import os
from collections.abc import AsyncIterator

import pytest
from stripe import Customer, StripeClient

from backend.embedded.stripe import SECRET_KEY, EmbeddedStripe, StripeControl
from backend.integrations.stripe_api import StripeSettings, open_stripe
from tests.stripe.receiver import Receiver, receiver
from tests.stripe.words import new_key
from tests.support.stripe import stand_in

__all__ = ["stand_in"]

TEST_KEY = os.environ.get("TANDEM_STRIPE_TEST_KEY", "")
PLACES = ["stand-in", "test mode"] if TEST_KEY.startswith("sk_test_") else ["stand-in"]
"""A key of live mode is not even looked at."""


@pytest.fixture(params=PLACES)
def settings(request: pytest.FixtureRequest, stand_in: EmbeddedStripe) -> StripeSettings:
    """Say which Stripe this is."""
    if request.param == "stand-in":
        return StripeSettings(secret_key=SECRET_KEY, api_base=stand_in.url)
    return StripeSettings(secret_key=TEST_KEY)


@pytest.fixture
async def stripe(settings: StripeSettings) -> AsyncIterator[StripeClient]:
    """Tandem's client."""
    async with open_stripe(settings) as client:
        yield client


@pytest.fixture
async def control(
    settings: StripeSettings, stand_in: EmbeddedStripe
) -> AsyncIterator[StripeControl]:
    """What nobody can do but the stand-in: for the tests that are only its own."""
    if settings.api_base != stand_in.url:
        pytest.skip("only the stand-in can be told to do this")
    yield stand_in.control
    await stand_in.control.clear_troubles()


@pytest.fixture
async def anna(stripe: StripeClient) -> Customer:
    """A customer."""
    return await stripe.v1.customers.create_async(
        {"email": "anna@tandem.example", "metadata": {"user": "anna"}}, new_key()
    )


@pytest.fixture
async def tape(control: StripeControl) -> AsyncIterator[Receiver]:
    """Where webhooks arrive; nothing that happened before is still on its way to it."""
    await control.forget()
    async with receiver() as taking:
        await control.deliver_to(taking.endpoint)
        yield taking
        await control.forget()
