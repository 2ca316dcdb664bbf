"""Disputes: a bank takes a payment back, with a fee on top, and then decides."""

import pytest
from stripe import Dispute, StripeClient

from backend.embedded.stripe import StripeControl, orders
from backend.integrations.stripe_api import StripeRequestWrong, stripe_facts
from tests.stripe.words import EVENTS_WITHIN_S, charge_of, new_key, pay, types_about
from tests.support.until import until


async def disputed(stripe: StripeClient, card: str = "pm_card_createDispute") -> Dispute:
    """Pay with a card whose holder disputes it."""
    paid = await pay(stripe, card)
    found: list[Dispute] = []

    async def is_there() -> bool:
        page = await stripe.v1.disputes.list_async({"payment_intent": paid.id})
        found[:] = page.data
        return bool(found)

    await until(is_there, within_s=EVENTS_WITHIN_S)
    return found[0]


async def until_status(stripe: StripeClient, dispute_id: str, status: str) -> Dispute:
    """Wait until the bank has decided."""
    found: list[Dispute] = []

    async def has_come() -> bool:
        found.append(await stripe.v1.disputes.retrieve_async(dispute_id))
        return found[-1].status == status

    await until(has_come, within_s=EVENTS_WITHIN_S)
    return found[-1]


async def test_what_is_disputed_is_taken_back_at_once_with_a_fee(stripe: StripeClient) -> None:
    dispute = await disputed(stripe)
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 500)
    (withdrawn,) = dispute.balance_transactions
    assert (withdrawn.type, withdrawn.amount) == ("adjustment", -500)
    assert withdrawn.fee > 0
    assert withdrawn.net == -500 - withdrawn.fee
    charge = await stripe.v1.charges.retrieve_async(str(dispute.charge))
    assert charge.disputed
    told = await types_about(stripe, dispute.id, last="charge.dispute.funds_withdrawn")
    assert "charge.dispute.created" in told


async def test_what_is_disputed_cannot_be_refunded_as_well(stripe: StripeClient) -> None:
    dispute = await disputed(stripe)
    with pytest.raises(StripeRequestWrong) as wrong, stripe_facts():
        await stripe.v1.refunds.create_async({"charge": str(dispute.charge)}, new_key())
    assert wrong.value.code == "charge_disputed"


async def test_what_is_won_comes_back(stripe: StripeClient) -> None:
    dispute = await disputed(stripe)
    await stripe.v1.disputes.update_async(
        dispute.id,
        {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": True},
        new_key(),
    )
    won = await until_status(stripe, dispute.id, "won")
    assert sum(change.amount for change in won.balance_transactions) == 0
    told = await types_about(stripe, dispute.id, last="charge.dispute.funds_reinstated")
    assert "charge.dispute.closed" in told


async def test_what_is_lost_does_not(stripe: StripeClient) -> None:
    dispute = await disputed(stripe)
    closed = await stripe.v1.disputes.close_async(dispute.id, {}, new_key())
    assert closed.status == "lost"
    told = await types_about(stripe, dispute.id, last="charge.dispute.closed")
    assert "charge.dispute.funds_reinstated" not in told
    lost = await stripe.v1.disputes.retrieve_async(dispute.id)
    assert sum(change.amount for change in lost.balance_transactions) == -500


async def test_a_question_takes_no_money_yet(stripe: StripeClient) -> None:
    inquiry = await disputed(stripe, "pm_card_createDisputeInquiry")
    assert inquiry.status == "warning_needs_response"
    assert inquiry.balance_transactions == []
    assert inquiry.is_charge_refundable


@pytest.mark.parametrize(("outcome", "left"), [("won", 0), ("lost", -500)])
async def test_any_payment_can_be_disputed_months_later(
    stripe: StripeClient, control: StripeControl, outcome: str, left: int
) -> None:
    paid = await pay(stripe)
    opened = await control.open_dispute(
        orders.Dispute(charge=str(paid.latest_charge), reason="product_not_received")
    )
    assert (await charge_of(stripe, paid)).disputed
    await control.close_dispute(
        orders.CloseDispute(dispute=opened["id"], outcome="won" if outcome == "won" else "lost")
    )
    closed = await stripe.v1.disputes.retrieve_async(opened["id"])
    assert (closed.status, closed.reason) == (outcome, "product_not_received")
    assert sum(change.amount for change in closed.balance_transactions) == left
