"""Refunds: the whole, a part, several; never more than was paid."""

import pytest
from stripe import Refund, StripeClient

from backend.embedded.stripe import StripeControl, orders
from backend.integrations.stripe_api import StripeRequestWrong, stripe_facts
from tests.stripe.words import EVENTS_WITHIN_S, charge_of, new_key, pay, settled, types_about
from tests.support.until import until


async def refund(stripe: StripeClient, charge_id: str, amount: int | None = None) -> Refund:
    """Give money back."""
    if amount is None:
        return await stripe.v1.refunds.create_async({"charge": charge_id}, new_key())
    return await stripe.v1.refunds.create_async({"charge": charge_id, "amount": amount}, new_key())


async def until_status(stripe: StripeClient, refund_id: str, status: str) -> Refund:
    """Wait until a refund has come so far."""
    found: list[Refund] = []

    async def has_come() -> bool:
        found.append(await stripe.v1.refunds.retrieve_async(refund_id))
        return found[-1].status == status

    await until(has_come, within_s=EVENTS_WITHIN_S)
    return found[-1]


async def test_all_of_it_goes_back(stripe: StripeClient) -> None:
    paid = await pay(stripe)
    back = await stripe.v1.refunds.create_async(
        {"payment_intent": paid.id, "metadata": {"why": "kept"}}, new_key()
    )
    assert (back.amount, back.status, back.charge) == (500, "succeeded", paid.latest_charge)
    assert back.payment_intent == paid.id
    assert back.metadata
    assert back.metadata["why"] == "kept"
    charge = await charge_of(stripe, paid)
    assert (charge.amount_refunded, charge.refunded) == (500, True)
    told = await types_about(stripe, charge.id, back.id, last="charge.refunded")
    assert "refund.created" in told


async def test_parts_go_back_until_nothing_is_left(stripe: StripeClient) -> None:
    paid = await pay(stripe)
    charge_id = str(paid.latest_charge)
    assert (await refund(stripe, charge_id, 200)).amount == 200
    charge = await charge_of(stripe, paid)
    assert (charge.amount_refunded, charge.refunded) == (200, False)
    with pytest.raises(StripeRequestWrong) as wrong, stripe_facts():
        await refund(stripe, charge_id, 301)
    assert wrong.value.param == "amount"
    assert (await refund(stripe, charge_id)).amount == 300
    assert (await charge_of(stripe, paid)).refunded
    with pytest.raises(StripeRequestWrong) as wrong, stripe_facts():
        await refund(stripe, charge_id)
    assert wrong.value.code == "charge_already_refunded"
    page = await stripe.v1.refunds.list_async({"charge": charge_id})
    assert [one.amount for one in page.data] == [300, 200]


async def test_what_goes_back_leaves_the_balance_and_the_fee_stays(stripe: StripeClient) -> None:
    charge = await settled(stripe, await pay(stripe))
    back = await refund(stripe, charge.id, 120)
    change = await stripe.v1.balance_transactions.retrieve_async(str(back.balance_transaction))
    assert (change.type, change.amount, change.fee, change.net) == ("refund", -120, 0, -120)
    assert change.source == back.id


async def test_a_payment_that_never_came_about_cannot_be_refunded(stripe: StripeClient) -> None:
    begun = await stripe.v1.payment_intents.create_async(
        {"amount": 500, "currency": "eur"}, new_key()
    )
    with pytest.raises(StripeRequestWrong), stripe_facts():
        await stripe.v1.refunds.create_async({"payment_intent": begun.id}, new_key())


async def test_a_refund_may_take_its_time(stripe: StripeClient) -> None:
    paid = await pay(stripe, "pm_card_pendingRefund")
    back = await refund(stripe, str(paid.latest_charge))
    assert back.status == "pending"
    await until_status(stripe, back.id, "succeeded")
    assert "refund.updated" in await types_about(stripe, back.id, last="refund.updated")


async def test_a_refund_may_be_sent_back_by_the_bank(stripe: StripeClient) -> None:
    paid = await pay(stripe, "pm_card_refundFail")
    back = await refund(stripe, str(paid.latest_charge))
    failed = await until_status(stripe, back.id, "failed")
    assert failed.failure_reason
    assert failed.failure_balance_transaction
    await types_about(stripe, back.id, last="refund.failed")
    assert (await charge_of(stripe, paid)).amount_refunded == 0


async def test_somebody_may_give_money_back_from_the_dashboard(
    stripe: StripeClient, control: StripeControl
) -> None:
    paid = await pay(stripe)
    back = await control.refund(str(paid.latest_charge), 100)
    assert (await charge_of(stripe, paid)).amount_refunded == 100
    page = await stripe.v1.events.list_async({"type": "refund.created", "limit": 1})
    assert page.data[0].data.object["id"] == back["id"]
    assert page.data[0].request
    assert page.data[0].request.id is None, "no request of ours has done this"


async def test_a_refund_that_had_succeeded_may_fail_days_later(
    stripe: StripeClient, control: StripeControl
) -> None:
    paid = await pay(stripe)
    back = await refund(stripe, str(paid.latest_charge))
    await control.end_refund(orders.EndRefund(refund=back.id, status="failed"))
    charge = await charge_of(stripe, paid)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
