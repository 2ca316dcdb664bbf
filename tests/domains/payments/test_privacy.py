"""People have all of what they paid, and Stripe forgets them when they are erased."""

import pytest

from backend.integrations.stripe_api import StripeRequestWrong, stripe_facts
from backend.persistence.database import fetch
from tests.domains.payments.test_charging import begin, miss
from tests.domains.payments.till import Till
from tests.domains.privacy.test_erasing import ask_to_be_erased, erased
from tests.domains.privacy.test_exporting import archive_of, rows_of
from tests.support.clock import FakeClock
from tests.support.couple import Couple
from tests.support.desk import Desk
from tests.support.people import Person
from tests.support.promises import be_of_age, have_template, let_pass


@pytest.fixture
async def anna(couple: Couple, clock: FakeClock) -> Person:
    """Somebody of age, with something to promise."""
    await have_template(clock)
    return await be_of_age(couple.anna)


async def test_an_export_has_what_was_paid_and_by_which_card(
    till: Till, anna: Person, desk: Desk
) -> None:
    payment_id = await till.fund(anna, 1_000, save_card=True)
    await till.pay_out(anna, 400)
    await till.settle()
    archive = await archive_of(anna, desk)
    (paid,) = rows_of(archive, "payments")
    assert (paid["id"], paid["amount_minor"], paid["refunded_minor"]) == (
        str(payment_id),
        1_000,
        400,
    )
    (card,) = rows_of(archive, "payment_card")
    assert card["card_last4"] == "4242"
    (back,) = rows_of(archive, "refunds")
    assert (back["payment_intent_id"], back["status"]) == (str(payment_id), "succeeded")


async def test_whoever_is_erased_is_forgotten_by_stripe_as_well(
    till: Till, anna: Person, desk: Desk
) -> None:
    await till.fund(anna, 1_000, save_card=True)
    await till.pay_out(anna, 1_000)
    open_one = await till.begin(anna, 500)
    await till.settle()
    row = (await fetch("SELECT * FROM payment_customer WHERE user_id = $1", anna.user_id))[0]
    await erased(anna, desk)
    await till.settle()
    assert await fetch("SELECT 1 FROM payment_customer WHERE user_id = $1", anna.user_id) == []
    customer_id = row["stripe_customer_id"]
    told = await fetch("SELECT event_type FROM stripe_webhook WHERE about_id = $1", customer_id)
    assert [one["event_type"] for one in told] == ["customer.deleted"], "it came afterwards"
    with stripe_facts():
        customer = await till.stripe.v1.customers.retrieve_async(customer_id)
    assert getattr(customer, "deleted", False)
    with pytest.raises(StripeRequestWrong):
        await till.confirm(open_one["client_secret"])


async def test_nobody_is_erased_who_owes_what_they_missed(
    till: Till, anna: Person, couple: Couple
) -> None:
    await till.save_card(anna, "pm_card_chargeCustomerFail")
    await begin(couple)
    await miss(couple, till)
    refused = await ask_to_be_erased(anna)
    assert (refused.status_code, refused.json()["code"]) == (409, "payments.open")
    assert refused.json()["facts"] == {"owed_minor": 500}


async def test_nobody_is_erased_whose_card_is_about_to_be_charged(
    till: Till, anna: Person, couple: Couple
) -> None:
    await till.save_card(anna)
    await begin(couple)
    await let_pass(anna, couple.ben, days=1)
    await let_pass(anna, couple.ben, days=3, minutes=1)
    refused = await ask_to_be_erased(anna)
    assert (refused.status_code, refused.json()["code"]) == (409, "payments.open")
    await till.desk.work()
