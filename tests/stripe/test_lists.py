"""Lists: pages from the newest on, by which what a webhook did not bring is found."""

import pytest
from stripe import Customer, StripeClient

from backend.integrations.stripe_api import StripeRequestWrong, stripe_facts
from tests.stripe.words import new_key, pay, types_about


async def test_pages_follow_each_other_without_gap_or_double(
    stripe: StripeClient, anna: Customer
) -> None:
    made = [(await pay(stripe, customer=anna.id)).id for _ in range(5)]
    newest_first = list(reversed(made))
    first = await stripe.v1.payment_intents.list_async({"customer": anna.id, "limit": 2})
    assert [one.id for one in first.data] == newest_first[:2]
    assert first.has_more
    second = await stripe.v1.payment_intents.list_async(
        {"customer": anna.id, "limit": 3, "starting_after": first.data[-1].id}
    )
    assert [one.id for one in second.data] == newest_first[2:]
    assert not second.has_more
    before = await stripe.v1.payment_intents.list_async(
        {"customer": anna.id, "limit": 2, "ending_before": second.data[-1].id}
    )
    assert [one.id for one in before.data] == newest_first[2:4]


async def test_the_library_walks_through_all_pages(stripe: StripeClient, anna: Customer) -> None:
    made = {(await pay(stripe, customer=anna.id)).latest_charge for _ in range(3)}
    page = await stripe.v1.charges.list_async({"customer": anna.id, "limit": 1})
    assert {charge.id async for charge in page.auto_paging_iter()} == made


async def test_events_are_found_by_their_type_and_time(stripe: StripeClient) -> None:
    paid = await pay(stripe)
    await types_about(stripe, paid.id, last="payment_intent.succeeded")
    since = await stripe.v1.events.list_async(
        {"type": "payment_intent.succeeded", "created": {"gte": paid.created}, "limit": 100}
    )
    assert paid.id in [event.data.object["id"] for event in since.data]
    assert {event.type for event in since.data} == {"payment_intent.succeeded"}
    before = await stripe.v1.events.list_async(
        {"type": "payment_intent.succeeded", "created": {"lt": paid.created}, "limit": 100}
    )
    assert paid.id not in [event.data.object["id"] for event in before.data]
    several = await stripe.v1.events.list_async(
        {"types": ["payment_intent.created", "charge.succeeded"], "limit": 100}
    )
    assert {event.type for event in several.data} == {"payment_intent.created", "charge.succeeded"}


async def test_an_event_shows_its_object_as_it_was_then(stripe: StripeClient) -> None:
    paid = await pay(stripe)
    await types_about(stripe, paid.id, last="payment_intent.succeeded")
    page = await stripe.v1.events.list_async({"type": "payment_intent.created", "limit": 20})
    created = next(event for event in page.data if event.data.object["id"] == paid.id)
    assert created.data.object["status"] == "requires_confirmation"
    again = await stripe.v1.events.retrieve_async(created.id)
    assert again.data.object == created.data.object
    assert again.request
    assert again.request.id
    assert again.request.idempotency_key


async def test_payments_and_refunds_are_listed_by_time(
    stripe: StripeClient, anna: Customer
) -> None:
    paid = await pay(stripe, customer=anna.id)
    back = await stripe.v1.refunds.create_async({"payment_intent": paid.id}, new_key())
    created = {"gte": paid.created, "lt": back.created + 1}
    charges = await stripe.v1.charges.list_async(
        {"customer": anna.id, "created": {"gte": created["gte"], "lt": created["lt"]}}
    )
    assert [charge.id for charge in charges.data] == [paid.latest_charge]
    refunds = await stripe.v1.refunds.list_async(
        {"payment_intent": paid.id, "created": {"gte": created["gte"], "lt": created["lt"]}}
    )
    assert [refund.id for refund in refunds.data] == [back.id]


@pytest.mark.parametrize("limit", [0, 101])
async def test_a_page_has_at_most_a_hundred(stripe: StripeClient, limit: int) -> None:
    with pytest.raises(StripeRequestWrong) as wrong, stripe_facts():
        await stripe.v1.events.list_async({"limit": limit})
    assert wrong.value.param == "limit"


async def test_a_page_after_what_nobody_knows_is_refused(stripe: StripeClient) -> None:
    with pytest.raises(StripeRequestWrong) as wrong, stripe_facts():
        await stripe.v1.charges.list_async({"starting_after": "ch_nobody_knows"})
    assert wrong.value.code == "resource_missing"


async def test_what_is_named_can_be_had_in_full(stripe: StripeClient, anna: Customer) -> None:
    paid = await pay(stripe, customer=anna.id, expand=["latest_charge", "customer"])
    assert not isinstance(paid.latest_charge, str)
    assert paid.latest_charge
    assert paid.latest_charge.payment_intent == paid.id
    assert not isinstance(paid.customer, str)
    assert paid.customer
    assert paid.customer.id == anna.id
    page = await stripe.v1.charges.list_async(
        {"customer": anna.id, "expand": ["data.payment_intent"]}
    )
    assert not isinstance(page.data[0].payment_intent, str)
    with pytest.raises(StripeRequestWrong), stripe_facts():
        await stripe.v1.payment_intents.retrieve_async(paid.id, {"expand": ["amount"]})
