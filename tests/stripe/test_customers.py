"""Customers: made, changed a field at a time, found by their email, forgotten."""

import pytest
from stripe import Customer, StripeClient

from backend.integrations.stripe_api import StripeRequestWrong, stripe_facts
from tests.stripe.words import new_key, types_about


async def test_a_customer_is_what_was_told(stripe: StripeClient, anna: Customer) -> None:
    found = await stripe.v1.customers.retrieve_async(anna.id)
    assert (found.email, found.name, found.balance) == ("anna@tandem.example", None, 0)
    assert found.metadata
    assert found.metadata["user"] == "anna"
    assert found.livemode is False


async def test_what_is_not_told_stays(stripe: StripeClient, anna: Customer) -> None:
    changed = await stripe.v1.customers.update_async(
        anna.id, {"name": "Anna", "metadata": {"pair": "7"}}, new_key()
    )
    assert (changed.name, changed.email) == ("Anna", "anna@tandem.example")
    assert changed.metadata
    assert (changed.metadata["user"], changed.metadata["pair"]) == ("anna", "7")
    without = await stripe.v1.customers.update_async(
        anna.id, {"metadata": {"user": ""}, "email": ""}, new_key()
    )
    assert without.email is None
    assert without.metadata
    assert "user" not in without.metadata
    empty = await stripe.v1.customers.update_async(anna.id, {"metadata": ""}, new_key())
    assert empty.metadata is not None
    assert empty.metadata.to_dict() == {}


async def test_a_change_is_told_with_what_was_before(stripe: StripeClient, anna: Customer) -> None:
    await stripe.v1.customers.update_async(anna.id, {"name": "Anna"}, new_key())
    await types_about(stripe, anna.id, last="customer.updated")
    page = await stripe.v1.events.list_async({"type": "customer.updated", "limit": 10})
    event = next(event for event in page.data if event.data.object["id"] == anna.id)
    assert event.data.previous_attributes
    assert event.data.previous_attributes["name"] is None


async def test_somebody_is_found_by_their_email(stripe: StripeClient) -> None:
    email = f"{new_key()['idempotency_key']}@tandem.example"
    made = await stripe.v1.customers.create_async({"email": email}, new_key())
    page = await stripe.v1.customers.list_async({"email": email})
    assert [one.id for one in page.data] == [made.id]


async def test_who_was_forgotten_is_known_to_have_been(
    stripe: StripeClient, anna: Customer
) -> None:
    gone = await stripe.v1.customers.delete_async(anna.id)
    assert gone.deleted
    found = await stripe.v1.customers.retrieve_async(anna.id)
    assert found.deleted
    with pytest.raises(StripeRequestWrong) as wrong, stripe_facts():
        await stripe.v1.payment_intents.create_async(
            {"amount": 500, "currency": "eur", "customer": anna.id}, new_key()
        )
    assert (wrong.value.code, wrong.value.param) == ("resource_missing", "customer")


async def test_a_customer_has_a_card_to_pay_invoices_with(
    stripe: StripeClient, anna: Customer
) -> None:
    card = await stripe.v1.payment_methods.attach_async(
        "pm_card_visa", {"customer": anna.id}, new_key()
    )
    changed = await stripe.v1.customers.update_async(
        anna.id, {"invoice_settings": {"default_payment_method": card.id}}, new_key()
    )
    assert changed.invoice_settings
    assert changed.invoice_settings.default_payment_method == card.id
