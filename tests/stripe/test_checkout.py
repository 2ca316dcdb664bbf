"""Checkout: a page of Stripe's on which somebody pays, or saves a card."""

from typing import Any

import pytest
from stripe import Customer, PaymentIntent, StripeClient
from stripe.checkout import Session

from backend.embedded.stripe import ControlRefused, StripeControl, orders
from backend.integrations.stripe_api import StripeRequestWrong, stripe_facts
from tests.stripe.words import new_key, pay, types_about

BACK = "https://tandem.example/thanks?session={CHECKOUT_SESSION_ID}"
LINES = [
    {
        "price_data": {
            "currency": "eur",
            "unit_amount": 700,
            "product_data": {"name": "A hundred coins"},
        },
        "quantity": 2,
    }
]


async def begin(stripe: StripeClient, **more: Any) -> Session:
    """Make a session for two hundred coins."""
    params: Any = {
        "mode": "payment",
        "success_url": BACK,
        "cancel_url": "https://tandem.example/wallet",
        "line_items": LINES,
        "client_reference_id": "anna",
        "metadata": {"order": "7"},
        "payment_intent_data": {"metadata": {"wallet": "anna"}},
        **more,
    }
    return await stripe.v1.checkout.sessions.create_async(params, new_key())


async def read(stripe: StripeClient, session: Session) -> Session:
    """Read a session with its payment."""
    return await stripe.v1.checkout.sessions.retrieve_async(
        session.id, {"expand": ["payment_intent", "setup_intent", "line_items"]}
    )


async def test_a_session_has_a_page_to_pay_on(stripe: StripeClient, anna: Customer) -> None:
    session = await begin(stripe, customer=anna.id)
    assert (session.status, session.payment_status, session.mode) == ("open", "unpaid", "payment")
    assert (session.amount_subtotal, session.amount_total) == (1_400, 1_400)
    assert (session.currency, session.customer) == ("eur", anna.id)
    assert session.client_reference_id == "anna"
    assert session.metadata
    assert session.metadata["order"] == "7"
    assert str(session.url).startswith("http")
    assert session.success_url == BACK
    assert 23 * 3_600 < session.expires_at - session.created <= 24 * 3_600
    assert session.payment_intent is None
    lines = await stripe.v1.checkout.sessions.line_items.list_async(session.id)
    assert [(line.description, line.quantity) for line in lines.data] == [("A hundred coins", 2)]


async def test_a_session_can_be_ended(stripe: StripeClient) -> None:
    session = await begin(stripe)
    ended = await stripe.v1.checkout.sessions.expire_async(session.id, {}, new_key())
    assert (ended.status, ended.url) == ("expired", None)
    told = await types_about(stripe, session.id, last="checkout.session.expired")
    assert "checkout.session.completed" not in told
    with pytest.raises(StripeRequestWrong), stripe_facts():
        await stripe.v1.checkout.sessions.expire_async(session.id, {}, new_key())


async def test_a_coupon_makes_it_less(stripe: StripeClient) -> None:
    coupon = await stripe.v1.coupons.create_async({"percent_off": 25}, new_key())
    session = await begin(stripe, discounts=[{"coupon": coupon.id}])
    assert (session.amount_subtotal, session.amount_total) == (1_400, 1_050)
    assert session.total_details
    assert session.total_details.amount_discount == 350


@pytest.mark.parametrize(
    "told",
    [
        {"line_items": []},
        {"success_url": "tandem"},
        {"expires_at": 1_000_000_000},
        {"customer": "cus_nobody"},
        {"mode": "surprise"},
    ],
)
async def test_a_session_that_cannot_be_is_refused(
    stripe: StripeClient, told: dict[str, Any]
) -> None:
    with pytest.raises(StripeRequestWrong), stripe_facts():
        await begin(stripe, **told)


async def test_who_pays_there_has_paid(stripe: StripeClient, control: StripeControl) -> None:
    session = await begin(stripe)
    await control.check_out(orders.CheckOut(session=session.id, email="anna@tandem.example"))
    paid = await read(stripe, session)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.customer_details
    assert paid.customer_details.email == "anna@tandem.example"
    assert isinstance(paid.payment_intent, PaymentIntent)
    assert (paid.payment_intent.status, paid.payment_intent.amount) == ("succeeded", 1_400)
    assert paid.payment_intent.metadata["wallet"] == "anna"
    told = await types_about(
        stripe,
        *(session.id, paid.payment_intent.id, str(paid.payment_intent.latest_charge)),
        last="checkout.session.completed",
    )
    assert told[:4] == [
        "payment_intent.created",
        "payment_intent.succeeded",
        "charge.succeeded",
        "checkout.session.completed",
    ]


async def test_who_was_declined_may_try_another_card(
    stripe: StripeClient, control: StripeControl
) -> None:
    session = await begin(stripe)
    with pytest.raises(ControlRefused, match="card_declined"):
        await control.check_out(orders.CheckOut(session=session.id, card="pm_card_chargeDeclined"))
    still = await read(stripe, session)
    assert (still.status, still.payment_status) == ("open", "unpaid")
    await control.check_out(orders.CheckOut(session=session.id))
    paid = await read(stripe, session)
    assert paid.payment_status == "paid"
    assert isinstance(paid.payment_intent, PaymentIntent)
    assert isinstance(still.payment_intent, PaymentIntent)
    assert paid.payment_intent.id == still.payment_intent.id


@pytest.mark.parametrize("status", ["complete", "open"])
async def test_a_bank_may_ask_on_the_way(
    stripe: StripeClient, control: StripeControl, status: str
) -> None:
    session = await begin(stripe)
    await control.check_out(
        orders.CheckOut(session=session.id, card="pm_card_authenticationRequired")
    )
    waiting = await read(stripe, session)
    assert waiting.status == "open"
    assert isinstance(waiting.payment_intent, PaymentIntent)
    await control.authenticate(waiting.payment_intent.id, succeeds=status == "complete")
    assert (await read(stripe, session)).status == status


async def test_a_card_is_saved_on_the_way(stripe: StripeClient, control: StripeControl) -> None:
    session = await begin(stripe, payment_intent_data={"setup_future_usage": "off_session"})
    await control.check_out(orders.CheckOut(session=session.id))
    customer_id = str((await read(stripe, session)).customer)
    page = await stripe.v1.payment_methods.list_async({"customer": customer_id, "type": "card"})
    paid = await pay(stripe, page.data[0].id, customer=customer_id, off_session=True)
    assert paid.status == "succeeded"


async def test_a_card_is_saved_for_nothing(
    stripe: StripeClient, control: StripeControl, anna: Customer
) -> None:
    session = await stripe.v1.checkout.sessions.create_async(
        {"mode": "setup", "success_url": BACK, "currency": "eur", "customer": anna.id}, new_key()
    )
    assert session.setup_intent
    await control.check_out(orders.CheckOut(session=session.id))
    saved = await read(stripe, session)
    assert (saved.status, saved.payment_status) == ("complete", "no_payment_required")
    page = await stripe.v1.payment_methods.list_async({"customer": anna.id, "type": "card"})
    assert len(page.data) == 1


async def test_what_costs_nothing_any_more_is_complete_without_a_payment(
    stripe: StripeClient, control: StripeControl
) -> None:
    coupon = await stripe.v1.coupons.create_async(
        {"percent_off": 100, "max_redemptions": 1}, new_key()
    )
    session = await begin(stripe, discounts=[{"coupon": coupon.id}])
    await control.check_out(orders.CheckOut(session=session.id))
    done = await read(stripe, session)
    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    assert done.payment_intent is None
    used = await stripe.v1.coupons.retrieve_async(coupon.id)
    assert (used.times_redeemed, used.valid) == (1, False)
    with pytest.raises(StripeRequestWrong), stripe_facts():
        await begin(stripe, discounts=[{"coupon": coupon.id}])


async def test_a_session_is_over_when_its_time_is(
    stripe: StripeClient, control: StripeControl
) -> None:
    session = await begin(stripe)
    await control.check_out(orders.CheckOut(session=session.id, action="expire"))
    assert (await read(stripe, session)).status == "expired"
    with pytest.raises(ControlRefused, match="expired"):
        await control.check_out(orders.CheckOut(session=session.id))
