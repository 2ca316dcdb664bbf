"""Saved cards: agreed to once, charged later when their holder is away, or not without them."""

import pytest
from stripe import Customer, StripeClient

from backend.embedded.stripe import StripeControl
from backend.integrations.stripe_api import CardDeclined, StripeRequestWrong, stripe_facts
from tests.stripe.words import new_key, pay, types_about

BACK = "https://tandem.example/back"


async def save(stripe: StripeClient, anna: Customer, card: str) -> tuple[str, str]:
    """Save a card of Anna's; gives the intent's id and status."""
    intent = await stripe.v1.setup_intents.create_async(
        {
            "customer": anna.id,
            "payment_method": card,
            "allowed_payment_method_types": ["card"],
            "usage": "off_session",
            "confirm": True,
            "return_url": BACK,
        },
        new_key(),
    )
    return intent.id, intent.status


async def saved_card(stripe: StripeClient, anna: Customer) -> str:
    """Find the one card that Anna has saved."""
    page = await stripe.v1.payment_methods.list_async({"customer": anna.id, "type": "card"})
    (card,) = page.data
    return card.id


async def test_a_card_is_saved_and_charged_when_anna_is_away(
    stripe: StripeClient, anna: Customer
) -> None:
    intent_id, status = await save(stripe, anna, "pm_card_visa")
    assert status == "succeeded"
    card = await saved_card(stripe, anna)
    told = await types_about(stripe, intent_id, card, last="setup_intent.succeeded")
    assert set(told) >= {"setup_intent.created", "payment_method.attached"}
    for _ in range(2):
        paid = await pay(stripe, card, customer=anna.id, off_session=True)
        assert paid.status == "succeeded"


async def test_a_bank_that_always_asks_declines_while_anna_is_away(
    stripe: StripeClient, anna: Customer
) -> None:
    with pytest.raises(CardDeclined) as declined, stripe_facts():
        await pay(stripe, "pm_card_authenticationRequired", customer=anna.id, off_session=True)
    assert declined.value.needs_authentication
    assert declined.value.code == "authentication_required"
    intent = await stripe.v1.payment_intents.retrieve_async(str(declined.value.payment_intent_id))
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error
    assert intent.last_payment_error.payment_method
    card = intent.last_payment_error.payment_method.id
    again = await stripe.v1.payment_intents.confirm_async(
        intent.id, {"payment_method": card, "return_url": BACK}, new_key()
    )
    assert again.status == "requires_action"


async def test_a_card_may_be_saved_that_is_declined_whenever_it_is_charged(
    stripe: StripeClient, anna: Customer
) -> None:
    assert (await save(stripe, anna, "pm_card_chargeCustomerFail"))[1] == "succeeded"
    card = await saved_card(stripe, anna)
    with pytest.raises(CardDeclined) as declined, stripe_facts():
        await pay(stripe, card, customer=anna.id, off_session=True)
    assert declined.value.code == "card_declined"
    assert not declined.value.needs_authentication


async def test_a_card_that_is_declined_is_not_saved(stripe: StripeClient, anna: Customer) -> None:
    with pytest.raises(CardDeclined) as declined, stripe_facts():
        await save(stripe, anna, "pm_card_visa_chargeDeclined")
    intent = await stripe.v1.setup_intents.retrieve_async(str(declined.value.setup_intent_id))
    assert intent.status == "requires_payment_method"
    assert intent.last_setup_error
    assert intent.last_setup_error.code == "card_declined"
    with pytest.raises(CardDeclined), stripe_facts():
        await stripe.v1.payment_methods.attach_async(
            "pm_card_visa_chargeDeclined", {"customer": anna.id}, new_key()
        )
    page = await stripe.v1.payment_methods.list_async({"customer": anna.id, "type": "card"})
    assert page.data == []


async def test_a_card_may_have_to_be_confirmed_to_be_saved(
    stripe: StripeClient, anna: Customer
) -> None:
    intent_id, status = await save(stripe, anna, "pm_card_authenticationRequiredOnSetup")
    intent = await stripe.v1.setup_intents.retrieve_async(intent_id)
    assert status == "requires_action"
    assert intent.next_action
    assert intent.next_action.redirect_to_url


async def test_once_confirmed_it_is_charged_without_asking_again(
    stripe: StripeClient, control: StripeControl, anna: Customer
) -> None:
    intent_id, _ = await save(stripe, anna, "pm_card_authenticationRequiredOnSetup")
    await control.authenticate(intent_id)
    card = await saved_card(stripe, anna)
    assert (await pay(stripe, card, customer=anna.id, off_session=True)).status == "succeeded"


async def test_who_refuses_has_saved_nothing(
    stripe: StripeClient, control: StripeControl, anna: Customer
) -> None:
    intent_id, _ = await save(stripe, anna, "pm_card_authenticationRequiredOnSetup")
    await control.authenticate(intent_id, succeeds=False)
    intent = await stripe.v1.setup_intents.retrieve_async(intent_id)
    assert intent.status == "requires_payment_method"
    assert intent.last_setup_error
    assert intent.last_setup_error.code == "setup_intent_authentication_failure"


async def test_a_card_is_saved_with_its_first_payment(stripe: StripeClient, anna: Customer) -> None:
    await pay(stripe, customer=anna.id, setup_future_usage="off_session")
    card = await saved_card(stripe, anna)
    assert (await pay(stripe, card, customer=anna.id, off_session=True)).status == "succeeded"


async def test_a_card_of_annas_is_not_bens_to_use(stripe: StripeClient, anna: Customer) -> None:
    await save(stripe, anna, "pm_card_visa")
    card = await saved_card(stripe, anna)
    ben = await stripe.v1.customers.create_async({"email": "ben@tandem.example"}, new_key())
    for told in ({}, {"customer": ben.id}):
        with pytest.raises(StripeRequestWrong), stripe_facts():
            await pay(stripe, card, **told)


async def test_a_card_that_was_let_go_cannot_be_charged_any_more(
    stripe: StripeClient, anna: Customer
) -> None:
    await save(stripe, anna, "pm_card_visa")
    card = await saved_card(stripe, anna)
    gone = await stripe.v1.payment_methods.detach_async(card, {}, new_key())
    assert gone.customer is None
    with pytest.raises(StripeRequestWrong), stripe_facts():
        await pay(stripe, card, customer=anna.id, off_session=True)


async def test_a_phone_gets_a_key_for_its_owners_cards_alone(
    stripe: StripeClient, anna: Customer
) -> None:
    made = await stripe.v1.ephemeral_keys.create_async(
        {"customer": anna.id}, {"stripe_version": "2025-03-31.basil"}
    )
    assert str(made.secret).startswith("ek_test_")
    assert 0 < made.expires - made.created <= 24 * 60 * 60
    gone = await stripe.v1.ephemeral_keys.delete_async(made.id)
    assert gone.id == made.id
