"""Words that the tests of Stripe share."""

from typing import Any
from uuid import uuid4

from stripe import Charge, PaymentIntent, StripeClient
from stripe.params import PaymentIntentCreateParams

from tests.support.until import until

EVENTS_WITHIN_S = 30.0
"""Stripe itself writes events down a moment later."""


def new_key() -> Any:
    """Name a request by a key of its own."""
    return {"idempotency_key": uuid4().hex}


async def pay(stripe: StripeClient, card: str = "pm_card_visa", **more: Any) -> PaymentIntent:
    """Pay five euros with a test card, at once."""
    params: PaymentIntentCreateParams = {
        "amount": 500,
        "currency": "eur",
        "payment_method": card,
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        **more,  # type: ignore[typeddict-item]
    }
    return await stripe.v1.payment_intents.create_async(params, new_key())


async def charge_of(stripe: StripeClient, intent: PaymentIntent) -> Charge:
    """Read the last try of a payment."""
    assert isinstance(intent.latest_charge, str)
    return await stripe.v1.charges.retrieve_async(intent.latest_charge)


async def settled(stripe: StripeClient, intent: PaymentIntent) -> Charge:
    """Read the charge of a payment once it has changed the balance."""
    found: list[Charge] = []

    async def is_settled() -> bool:
        found.append(await charge_of(stripe, intent))
        return found[-1].balance_transaction is not None

    await until(is_settled, within_s=EVENTS_WITHIN_S)
    return found[-1]


async def types_about(stripe: StripeClient, *ids: str, last: str) -> list[str]:
    """List the types of the events about these objects, in order, once the last has come."""
    found: list[str] = []

    async def has_come() -> bool:
        page = await stripe.v1.events.list_async({"limit": 100})
        events = reversed(page.data)
        found[:] = [event.type for event in events if event.data.object["id"] in ids]
        return last in found

    await until(has_come, within_s=EVENTS_WITHIN_S)
    return found
