"""Payments: taken at once, declined, confirmed at the bank first, or never come about."""

from typing import Any

import pytest
from stripe import Customer, StripeClient

from backend.embedded.stripe import StripeControl
from backend.integrations.stripe_api import CardDeclined, StripeRequestWrong, stripe_facts
from tests.stripe.words import charge_of, new_key, pay, settled, types_about


async def test_a_card_is_charged_at_once(stripe: StripeClient, anna: Customer) -> None:
    paid = await pay(stripe, customer=anna.id, metadata={"wallet": "anna", "7": "seven"})
    assert (paid.status, paid.amount_received, paid.last_payment_error) == ("succeeded", 500, None)
    charge = await charge_of(stripe, paid)
    assert (charge.status, charge.paid, charge.captured) == ("succeeded", True, True)
    assert (charge.amount, charge.currency, charge.customer) == (500, "eur", anna.id)
    assert (charge.metadata["wallet"], charge.metadata["7"]) == ("anna", "seven")
    assert charge.payment_method_details
    assert charge.payment_method_details.card
    assert charge.payment_method_details.card.last4 == "4242"


async def test_its_events_tell_how_it_came_about(stripe: StripeClient) -> None:
    paid = await pay(stripe)
    told = await types_about(stripe, paid.id, str(paid.latest_charge), last="charge.updated")
    assert set(told) >= {"payment_intent.created", "payment_intent.succeeded", "charge.succeeded"}


async def test_the_balance_changes_a_moment_later_less_the_fee(stripe: StripeClient) -> None:
    charge = await settled(stripe, await pay(stripe))
    change = await stripe.v1.balance_transactions.retrieve_async(str(charge.balance_transaction))
    assert (change.type, change.source) == ("charge", charge.id)
    assert 0 < change.fee < change.amount
    assert change.net == change.amount - change.fee


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
    ],
)
async def test_a_bank_may_decline_and_says_why(
    stripe: StripeClient, card: str, code: str, decline_code: str | None
) -> None:
    with pytest.raises(CardDeclined) as declined, stripe_facts():
        await pay(stripe, card)
    assert declined.value.code == code
    assert decline_code in {None, declined.value.decline_code}
    assert not declined.value.needs_authentication
    intent = await stripe.v1.payment_intents.retrieve_async(str(declined.value.payment_intent_id))
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error
    assert intent.last_payment_error.code == code
    assert intent.latest_charge == declined.value.charge_id
    assert (await charge_of(stripe, intent)).status == "failed"
    told = await types_about(
        stripe, intent.id, str(intent.latest_charge), last="payment_intent.payment_failed"
    )
    assert "charge.failed" in told
    assert "payment_intent.succeeded" not in told


async def test_another_card_may_be_tried_after_one_that_was_declined(stripe: StripeClient) -> None:
    with pytest.raises(CardDeclined) as declined, stripe_facts():
        await pay(stripe, "pm_card_visa_chargeDeclined")
    paid = await stripe.v1.payment_intents.confirm_async(
        str(declined.value.payment_intent_id), {"payment_method": "pm_card_visa"}, new_key()
    )
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


async def test_a_bank_may_want_its_customer_to_confirm(stripe: StripeClient) -> None:
    begun = await pay(
        stripe, "pm_card_threeDSecure2Required", return_url="https://tandem.example/back"
    )
    assert (begun.status, begun.amount_received) == ("requires_action", 0)
    assert begun.next_action
    assert begun.next_action.type == "redirect_to_url"
    assert begun.next_action.redirect_to_url
    assert str(begun.next_action.redirect_to_url.url).startswith("http")
    assert begun.next_action.redirect_to_url.return_url == "https://tandem.example/back"


async def test_without_a_way_back_the_phones_library_shows_the_bank(stripe: StripeClient) -> None:
    begun = await pay(stripe, "pm_card_threeDSecure2Required")
    assert begun.status == "requires_action"
    assert begun.next_action
    assert begun.next_action.type == "use_stripe_sdk"


async def test_who_confirms_has_paid(stripe: StripeClient, control: StripeControl) -> None:
    begun = await pay(stripe, "pm_card_threeDSecure2Required")
    await control.authenticate(begun.id)
    paid = await stripe.v1.payment_intents.retrieve_async(begun.id)
    assert (paid.status, paid.next_action) == ("succeeded", None)
    charge = await charge_of(stripe, paid)
    assert charge.payment_method_details
    assert charge.payment_method_details.card
    assert charge.payment_method_details.card.three_d_secure
    assert charge.payment_method_details.card.three_d_secure.result == "authenticated"


async def test_who_refuses_has_not(stripe: StripeClient, control: StripeControl) -> None:
    begun = await pay(stripe, "pm_card_threeDSecure2Required")
    await control.authenticate(begun.id, succeeds=False)
    refused = await stripe.v1.payment_intents.retrieve_async(begun.id)
    assert refused.status == "requires_payment_method"
    assert refused.last_payment_error
    assert refused.last_payment_error.code == "payment_intent_authentication_failure"
    assert refused.latest_charge is None


async def test_a_bank_may_decline_even_who_has_confirmed(
    stripe: StripeClient, control: StripeControl
) -> None:
    begun = await pay(stripe, "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")
    assert begun.status == "requires_action"
    await control.authenticate(begun.id)
    declined = await stripe.v1.payment_intents.retrieve_async(begun.id)
    assert declined.status == "requires_payment_method"
    assert declined.last_payment_error
    assert declined.last_payment_error.decline_code == "insufficient_funds"


async def test_a_payment_begun_for_a_phone_has_a_secret_for_it(
    stripe: StripeClient, anna: Customer
) -> None:
    begun = await stripe.v1.payment_intents.create_async(
        {
            "amount": 500,
            "currency": "eur",
            "customer": anna.id,
            "automatic_payment_methods": {"enabled": True},
        },
        new_key(),
    )
    assert begun.status == "requires_payment_method"
    assert str(begun.client_secret).startswith(f"{begun.id}_secret_")
    assert begun.automatic_payment_methods
    assert begun.automatic_payment_methods.enabled


async def test_where_stripe_chooses_the_methods_a_payer_may_leave_and_must_find_back(
    stripe: StripeClient,
) -> None:
    begun = await stripe.v1.payment_intents.create_async(
        {"amount": 500, "currency": "eur"}, new_key()
    )
    with pytest.raises(StripeRequestWrong), stripe_facts():
        await stripe.v1.payment_intents.confirm_async(
            begun.id, {"payment_method": "pm_card_visa"}, new_key()
        )
    paid = await stripe.v1.payment_intents.confirm_async(
        begun.id,
        {"payment_method": "pm_card_visa", "return_url": "https://tandem.example/back"},
        new_key(),
    )
    assert paid.status == "succeeded"


async def test_a_payment_can_be_given_up_until_it_is_paid(stripe: StripeClient) -> None:
    begun = await stripe.v1.payment_intents.create_async(
        {"amount": 500, "currency": "eur", "allowed_payment_method_types": ["card"]}, new_key()
    )
    given_up = await stripe.v1.payment_intents.cancel_async(
        begun.id, {"cancellation_reason": "abandoned"}, new_key()
    )
    assert (given_up.status, given_up.cancellation_reason) == ("canceled", "abandoned")
    paid = await pay(stripe)
    with pytest.raises(StripeRequestWrong) as wrong, stripe_facts():
        await stripe.v1.payment_intents.cancel_async(paid.id, {}, new_key())
    assert wrong.value.code == "payment_intent_unexpected_state"
    with pytest.raises(StripeRequestWrong) as wrong, stripe_facts():
        await stripe.v1.payment_intents.confirm_async(paid.id, {}, new_key())
    assert wrong.value.code == "payment_intent_unexpected_state"


async def test_money_can_be_set_aside_and_taken_later_in_part(stripe: StripeClient) -> None:
    aside = await pay(stripe, capture_method="manual")
    assert (aside.status, aside.amount_capturable) == ("requires_capture", 500)
    taken = await stripe.v1.payment_intents.capture_async(
        aside.id, {"amount_to_capture": 300}, new_key()
    )
    assert (taken.status, taken.amount_received) == ("succeeded", 300)
    charge = await charge_of(stripe, taken)
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (300, 0, False)
    page = await stripe.v1.refunds.list_async({"charge": charge.id})
    assert page.data == []


async def test_a_card_that_belongs_to_nobody_pays_once(stripe: StripeClient) -> None:
    card = await stripe.v1.payment_methods.create_async(
        {"type": "card", "card": {"token": "tok_visa"}}, new_key()
    )
    assert (await pay(stripe, card.id)).status == "succeeded"
    with pytest.raises(StripeRequestWrong), stripe_facts():
        await pay(stripe, card.id)


@pytest.mark.parametrize(
    ("told", "code", "param"),
    [
        ({"amount": 1}, "amount_too_small", "amount"),
        ({"amount": -5}, None, "amount"),
        ({"amount": "much"}, None, "amount"),
        ({"surprise": 1}, "parameter_unknown", "surprise"),
        ({"customer": "cus_nobody"}, "resource_missing", "customer"),
        ({"off_session": True, "confirm": False}, None, "off_session"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    stripe: StripeClient, told: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(StripeRequestWrong) as wrong, stripe_facts():
        await pay(stripe, **told)
    assert code in {None, wrong.value.code}
    assert wrong.value.param == param
    assert wrong.value.request_id


async def test_what_an_older_version_took_is_taken_no_longer(stripe: StripeClient) -> None:
    older: Any = {"amount": 500, "currency": "eur", "payment_method_types": ["card"]}
    with pytest.raises(StripeRequestWrong) as wrong, stripe_facts():
        await stripe.v1.payment_intents.create_async(older, new_key())
    assert wrong.value.code == "payment_method_types_no_longer_supported"


async def test_what_is_not_there_is_missing(stripe: StripeClient) -> None:
    with pytest.raises(StripeRequestWrong) as wrong, stripe_facts():
        await stripe.v1.payment_intents.retrieve_async("pi_nobody_knows")
    assert wrong.value.code == "resource_missing"
