"""Idempotency keys: what is asked twice is done once, and answered as the first time."""

import asyncio

import httpx
import pytest
from stripe import Customer, StripeClient

from backend.embedded.stripe import StripeControl, Trouble
from backend.integrations.stripe_api import (
    CardDeclined,
    IdempotencyKeyReused,
    StripeRequestWrong,
    StripeSettings,
    stripe_facts,
)
from tests.stripe.words import new_key, pay

PAYMENT = {
    "amount": "500",
    "currency": "eur",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types[]": "card",
    "confirm": "true",
}


async def post(
    settings: StripeSettings, path: str, key: str, fields: dict[str, str]
) -> httpx.Response:
    """Ask without the library, to see the headers."""
    headers = {"Authorization": f"Bearer {settings.secret_key}", "Idempotency-Key": key}
    async with httpx.AsyncClient(base_url=settings.api_base, headers=headers, timeout=30) as http:
        return await http.post(path, data=fields)


async def test_the_same_request_again_has_the_same_answer_and_says_so(
    settings: StripeSettings,
) -> None:
    key = new_key()["idempotency_key"]
    first = await post(settings, "/v1/payment_intents", key, PAYMENT)
    again = await post(settings, "/v1/payment_intents", key, PAYMENT)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == first.headers["request-id"]
    assert again.headers["request-id"] != first.headers["request-id"]


async def test_nothing_is_done_twice(stripe: StripeClient, anna: Customer) -> None:
    key = new_key()
    for _ in range(3):
        await stripe.v1.payment_intents.create_async(
            {"amount": 500, "currency": "eur", "customer": anna.id}, key
        )
    page = await stripe.v1.payment_intents.list_async({"customer": anna.id})
    assert len(page.data) == 1


async def test_another_request_needs_another_key(stripe: StripeClient) -> None:
    key = new_key()
    await stripe.v1.customers.create_async({"name": "Anna"}, key)
    with pytest.raises(IdempotencyKeyReused), stripe_facts():
        await stripe.v1.customers.create_async({"name": "Ben"}, key)


async def test_a_decline_is_an_answer_too(stripe: StripeClient, anna: Customer) -> None:
    key = new_key()
    ids = []
    for _ in range(2):
        with pytest.raises(CardDeclined) as declined, stripe_facts():
            await stripe.v1.payment_intents.create_async(
                {
                    "amount": 500,
                    "currency": "eur",
                    "customer": anna.id,
                    "payment_method": "pm_card_visa_chargeDeclined",
                    "allowed_payment_method_types": ["card"],
                    "confirm": True,
                },
                key,
            )
        ids.append(declined.value.payment_intent_id)
    assert ids[0] == ids[1]


async def test_what_was_refused_for_its_form_may_come_again_with_its_key(
    stripe: StripeClient,
) -> None:
    key = new_key()
    with pytest.raises(StripeRequestWrong) as wrong, stripe_facts():
        await stripe.v1.payment_intents.create_async({"currency": "eur"}, key)  # type: ignore[typeddict-item]
    assert wrong.value.code == "parameter_missing"
    made = await stripe.v1.payment_intents.create_async({"amount": 500, "currency": "eur"}, key)
    assert made.amount == 500


async def test_a_twin_that_comes_meanwhile_is_told_to_wait(
    settings: StripeSettings, control: StripeControl
) -> None:
    key = new_key()["idempotency_key"]
    await control.trouble(Trouble(does="delay", path="/v1/payment_intents", delay_s=0.4))
    answers = await asyncio.gather(
        *(post(settings, "/v1/payment_intents", key, PAYMENT) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    conflict = next(answer for answer in answers if answer.status_code == 409)
    assert conflict.json()["error"]["type"] == "idempotency_error"
    assert conflict.json()["error"]["code"] == "idempotency_key_in_use"
    later = await post(settings, "/v1/payment_intents", key, PAYMENT)
    assert later.headers["idempotent-replayed"] == "true"


async def test_an_answer_that_was_lost_is_given_again_and_nobody_pays_twice(
    stripe: StripeClient, control: StripeControl, anna: Customer
) -> None:
    await control.trouble(Trouble(does="lose_answer", path="/v1/payment_intents"))
    paid = await pay(stripe, customer=anna.id)
    assert paid.status == "succeeded"
    page = await stripe.v1.charges.list_async({"customer": anna.id})
    assert [charge.id for charge in page.data] == [paid.latest_charge]
