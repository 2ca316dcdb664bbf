"""Subscriptions: paid at their beginning, invoice and payment together; or not paid yet."""

import pytest
from stripe import Customer, Invoice, PaymentIntent, StripeClient, Subscription

from backend.integrations.stripe_api import StripeRequestWrong, stripe_facts
from tests.stripe.words import new_key, types_about


@pytest.fixture
async def monthly(stripe: StripeClient) -> str:
    """A price that is paid every month."""
    price = await stripe.v1.prices.create_async(
        {
            "currency": "eur",
            "unit_amount": 900,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Tandem Plus"},
        },
        new_key(),
    )
    return price.id


async def give_card(stripe: StripeClient, anna: Customer, card: str) -> None:
    """Have Anna pay her invoices with a card."""
    saved = await stripe.v1.payment_methods.attach_async(card, {"customer": anna.id}, new_key())
    await stripe.v1.customers.update_async(
        anna.id, {"invoice_settings": {"default_payment_method": saved.id}}, new_key()
    )


async def subscribe(stripe: StripeClient, anna: Customer, price: str) -> Subscription:
    """Have Anna subscribe."""
    return await stripe.v1.subscriptions.create_async(
        {
            "customer": anna.id,
            "items": [{"price": price}],
            "metadata": {"pair": "7"},
            "payment_behavior": "allow_incomplete",
        },
        new_key(),
    )


async def invoice_of(stripe: StripeClient, subscription: Subscription) -> Invoice:
    """Read the invoice of a subscription, with its payments."""
    return await stripe.v1.invoices.retrieve_async(
        str(subscription.latest_invoice), {"expand": ["payments"]}
    )


async def payment_of(stripe: StripeClient, invoice: Invoice) -> PaymentIntent:
    """Read what an invoice is paid by."""
    assert invoice.payments
    intent_id = invoice.payments.data[0].payment.payment_intent
    return await stripe.v1.payment_intents.retrieve_async(str(intent_id))


async def test_who_subscribes_pays_the_first_invoice_at_once(
    stripe: StripeClient, anna: Customer, monthly: str
) -> None:
    await give_card(stripe, anna, "pm_card_visa")
    begun = await subscribe(stripe, anna, monthly)
    assert (begun.status, begun.customer, begun.metadata["pair"]) == ("active", anna.id, "7")
    (item,) = begun["items"].data
    assert (item.price.id, item.quantity) == (monthly, 1)
    assert 27 <= (item.current_period_end - item.current_period_start) / 86_400 <= 31
    invoice = await invoice_of(stripe, begun)
    assert (invoice.status, invoice.amount_paid, invoice.amount_due) == ("paid", 900, 900)
    assert invoice.parent
    assert invoice.parent.subscription_details
    assert invoice.parent.subscription_details.subscription == begun.id
    paid = await payment_of(stripe, invoice)
    assert (paid.status, paid.amount_received) == ("succeeded", 900)
    charges = await stripe.v1.charges.list_async({"customer": anna.id})
    assert [charge.id for charge in charges.data] == [paid.latest_charge]
    told = await types_about(stripe, begun.id, invoice.id, paid.id, last="invoice.paid")
    assert set(told) >= {
        "customer.subscription.created",
        "invoice.payment_succeeded",
        "payment_intent.succeeded",
    }


async def test_what_was_paid_for_it_can_be_refunded(
    stripe: StripeClient, anna: Customer, monthly: str
) -> None:
    await give_card(stripe, anna, "pm_card_visa")
    invoice = await invoice_of(stripe, await subscribe(stripe, anna, monthly))
    paid = await payment_of(stripe, invoice)
    back = await stripe.v1.refunds.create_async({"payment_intent": paid.id}, new_key())
    assert (back.amount, back.status) == (900, "succeeded")


async def test_without_money_it_is_incomplete_until_the_invoice_is_paid(
    stripe: StripeClient, anna: Customer, monthly: str
) -> None:
    await give_card(stripe, anna, "pm_card_chargeCustomerFail")
    begun = await subscribe(stripe, anna, monthly)
    assert begun.status == "incomplete"
    invoice = await invoice_of(stripe, begun)
    assert (invoice.status, invoice.amount_paid) == ("open", 0)
    failed = await payment_of(stripe, invoice)
    assert failed.status == "requires_payment_method"
    await types_about(stripe, invoice.id, last="invoice.payment_failed")
    await give_card(stripe, anna, "pm_card_visa")
    paid = await stripe.v1.invoices.pay_async(invoice.id, {}, new_key())
    assert paid.status == "paid"
    now = await stripe.v1.subscriptions.retrieve_async(begun.id)
    assert now.status == "active"


async def test_it_ends_at_the_end_of_its_month_or_at_once(
    stripe: StripeClient, anna: Customer, monthly: str
) -> None:
    await give_card(stripe, anna, "pm_card_visa")
    begun = await subscribe(stripe, anna, monthly)
    ending = await stripe.v1.subscriptions.update_async(
        begun.id, {"cancel_at_period_end": True}, new_key()
    )
    assert (ending.status, ending.cancel_at_period_end) == ("active", True)
    ended = await stripe.v1.subscriptions.cancel_async(begun.id)
    assert ended.status == "canceled"
    assert ended.canceled_at
    told = await types_about(stripe, begun.id, last="customer.subscription.deleted")
    assert "customer.subscription.updated" in told
    page = await stripe.v1.subscriptions.list_async({"customer": anna.id})
    assert page.data == []
    page = await stripe.v1.subscriptions.list_async({"customer": anna.id, "status": "all"})
    assert [one.id for one in page.data] == [begun.id]


async def test_a_price_that_is_paid_once_is_not_subscribed_to(
    stripe: StripeClient, anna: Customer
) -> None:
    await give_card(stripe, anna, "pm_card_visa")
    once = await stripe.v1.prices.create_async(
        {"currency": "eur", "unit_amount": 900, "product_data": {"name": "Coins"}}, new_key()
    )
    with pytest.raises(StripeRequestWrong) as wrong, stripe_facts():
        await subscribe(stripe, anna, once.id)
    assert wrong.value.param == "items[0][price]"


async def test_without_a_card_nobody_subscribes(
    stripe: StripeClient, anna: Customer, monthly: str
) -> None:
    with pytest.raises(StripeRequestWrong), stripe_facts():
        await subscribe(stripe, anna, monthly)
    page = await stripe.v1.subscriptions.list_async({"customer": anna.id, "status": "all"})
    assert page.data == []
