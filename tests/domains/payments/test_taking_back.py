"""Money goes back to the cards it came from, the oldest payment first; nothing goes back twice."""

import asyncio
from datetime import datetime
from uuid import uuid4

import pytest

from backend.domains.ledger import Purpose
from backend.domains.payments import applying, recovering
from backend.domains.payments.applying import Seen
from backend.domains.payments.rules import UNUSED_AFTER
from backend.embedded.stripe import orders
from backend.persistence.database import fetch
from tests.domains.payments.till import Till
from tests.support.clock import FakeClock
from tests.support.couple import Couple, later
from tests.support.people import Person
from tests.support.promises import (
    be_of_age,
    give,
    have_template,
    house_has,
    owns,
    promise,
    spend,
    stake,
)
from tests.support.until import until

_WAITING = """
SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def test_it_goes_back_to_the_oldest_payment_first(
    till: Till, anna: Person, clock: FakeClock
) -> None:
    first = await till.fund(anna, 1_000)
    await clock.advance(minutes=1)
    second = await till.fund(anna, 2_000)
    card = await house_has("usd", Purpose.CARD)
    asked = await till.pay_out(anna, 1_500)
    assert asked.status_code == 202, asked.text
    assert [one["amount_minor"] for one in asked.json()["refunds"]] == [1_000, 500]
    assert await owns(anna) == (1_500, 1_500)
    await till.desk.work()
    await till.settle()
    assert await owns(anna) == (1_500, 0)
    assert await house_has("usd", Purpose.CARD) == card + 1_500
    assert (await till.payment(anna, first))["refunded_minor"] == 1_000
    assert (await till.payment(anna, second))["refunded_minor"] == 500
    shown = (await till.ask(anna, "GET", "/v1/payments/payouts")).json()["items"]
    assert [one["status"] for one in shown[0]["refunds"]] == ["succeeded", "succeeded"]


async def test_what_only_comes_and_goes_waits_when_it_is_much(
    till: Till, anna: Person, clock: FakeClock
) -> None:
    first_at = clock.now()
    await till.fund(anna, 15_000)
    await till.pay_out(anna, 15_000)
    await till.settle()
    second_at = clock.now()
    await till.fund(anna, 10_000)
    refused = await till.pay_out(anna, 9_000)
    assert (refused.status_code, refused.json()["code"]) == (409, "payments.payout_too_soon")
    facts = refused.json()["facts"]
    assert facts["most_minor"] == 5_000
    again_at = datetime.fromisoformat(facts["again_at"])
    assert first_at + UNUSED_AFTER <= again_at <= second_at + UNUSED_AFTER
    assert await owns(anna) == (10_000, 0)
    assert (await till.pay_out(anna, 5_000)).status_code == 202
    refused = await till.pay_out(anna, 100)
    assert refused.json()["facts"]["most_minor"] == 0
    await clock.jump(seconds=(again_at - clock.now()).total_seconds())
    assert (await till.pay_out(anna, 4_000)).status_code == 202


async def test_what_was_put_on_a_promise_goes_back_freely(
    till: Till, couple: Couple, clock: FakeClock
) -> None:
    anna = await be_of_age(couple.anna)
    await have_template(clock)
    await till.fund(anna, 50_000)
    async with couple.phones() as (phone, _):
        await promise(couple, phone, stake=stake("charity", 2_000))
    refused = await till.pay_out(anna, 34_001)
    assert refused.json()["facts"]["most_minor"] == 34_000
    assert (await till.pay_out(anna, 34_000)).status_code == 202


async def test_asked_twice_it_goes_back_once(till: Till, anna: Person) -> None:
    await till.fund(anna, 1_000)
    payout_id = str(uuid4())
    for _ in range(2):
        assert (await till.pay_out(anna, 600, payout_id=payout_id)).status_code == 202
    await till.desk.work()
    await till.settle()
    assert await owns(anna) == (400, 0)
    differs = await till.pay_out(anna, 500, payout_id=payout_id)
    assert differs.json()["code"] == "payments.differs"


async def test_an_answer_of_stripes_that_was_lost_gives_nothing_back_twice(
    till: Till, anna: Person
) -> None:
    await till.fund(anna, 1_000)
    await till.pay_out(anna, 600)
    for _ in range(3):
        await till.control.trouble(orders.Trouble(does="lose_answer", path="/v1/refunds"))
    await till.desk.work()
    await till.settle()
    assert await owns(anna) == (400, 0)
    page = await till.stripe.v1.refunds.list_async({"limit": 10})
    assert [one.amount for one in page.data] == [600]


async def test_pennies_go_back_only_when_they_are_the_last(till: Till, anna: Person) -> None:
    await till.fund(anna, 1_000)
    refused = await till.pay_out(anna, 49)
    assert (refused.status_code, refused.json()["code"]) == (422, "payments.amount_wrong")
    assert (await till.pay_out(anna, 960)).status_code == 202
    assert (await till.pay_out(anna, 40)).status_code == 202
    await till.desk.work()
    await till.settle()
    assert await owns(anna) == (0, 0)


async def test_what_was_won_or_given_came_from_no_card(till: Till, anna: Person) -> None:
    await till.fund(anna, 1_000)
    await give(anna, 500)
    assert (await till.summary(anna))["refundable_minor"] == 1_000
    refused = await till.pay_out(anna, 1_001)
    assert refused.json()["code"] == "payments.payout_exceeds"
    assert refused.json()["facts"]["refundable_minor"] == 1_000
    assert await owns(anna) == (1_500, 0)


async def test_what_was_spent_cannot_go_back(till: Till, anna: Person) -> None:
    await till.fund(anna, 1_000)
    await till.pay_out(anna, 600)
    await till.desk.work()
    refused = await till.pay_out(anna, 401)
    assert refused.json()["code"] == "payments.payout_exceeds"
    assert await owns(anna) == (400, 0)


async def test_what_the_bank_does_not_take_is_in_the_wallet_again(till: Till, anna: Person) -> None:
    payment_id = await till.fund(anna, 1_000, "pm_card_refundFail")
    await till.pay_out(anna, 600)
    await till.desk.work()
    await till.settle()
    assert await owns(anna) == (1_000, 0)
    assert (await till.payment(anna, payment_id))["refunded_minor"] == 0
    assert (await till.summary(anna))["refundable_minor"] == 1_000


async def test_what_is_pending_stays_held_until_it_is_decided(till: Till, anna: Person) -> None:
    await till.control.let_refunds_wait()
    await till.fund(anna, 1_000, "pm_card_pendingRefund")
    await till.pay_out(anna, 600)
    await till.desk.work()
    await till.settle()
    page = await till.stripe.v1.refunds.list_async({"limit": 1})
    assert page.data[0].status == "pending"
    assert await owns(anna) == (400, 600)
    await till.control.end_refund(orders.EndRefund(refund=page.data[0].id, status="succeeded"))
    assert await owns(anna) == (400, 600)
    await till.settle()
    assert await owns(anna) == (400, 0)


async def test_what_stripe_does_not_even_begin_is_in_the_wallet_again(
    till: Till, anna: Person
) -> None:
    payment_id = await till.fund(anna, 1_000)
    charge = await till.charge_of(payment_id)
    await till.pay_out(anna, 600)
    await till.control.refund(charge, 1_000)
    await till.desk.work()
    assert await owns(anna) == (1_000, 0)
    await till.settle()
    assert await owns(anna) == (0, 0)
    assert (await till.payment(anna, payment_id))["refunded_minor"] == 1_000


@pytest.mark.parametrize(("left_minor", "house_minor"), [(1_000, 0), (300, 700)])
async def test_what_we_give_back_in_the_dashboard_makes_nobody_a_debtor(
    till: Till, anna: Person, left_minor: int, house_minor: int
) -> None:
    payment_id = await till.fund(anna, 1_000)
    charge = await till.charge_of(payment_id)
    house = await house_has("usd", Purpose.HOUSE)
    if left_minor < 1_000:
        await give(anna, 1)
        await spend(anna, 1_001 - left_minor)
    await till.control.refund(charge)
    await till.settle()
    assert await owns(anna) == (0, 0)
    assert await house_has("usd", Purpose.HOUSE) == house - house_minor
    assert (await till.summary(anna))["owed_minor"] == 0


async def test_a_bank_takes_a_payment_back_and_its_payer_owes_what_is_not_there(
    till: Till, anna: Person
) -> None:
    payment_id = await till.fund(anna, 1_000)
    await spend(anna, 700)
    receivable = await house_has("usd", Purpose.RECEIVABLE)
    charge = await till.charge_of(payment_id)
    dispute = await till.control.open_dispute(orders.Dispute(charge=charge))
    await till.settle()
    assert await owns(anna) == (0, 0)
    assert (await till.summary(anna))["owed_minor"] == 700
    assert await house_has("usd", Purpose.RECEIVABLE) == receivable - 700
    refused = await till.pay_out(anna, 1)
    assert refused.json()["code"] == "payments.owing"
    # What comes in later goes there first.
    await till.fund(anna, 500)
    assert await owns(anna) == (0, 0)
    assert (await till.summary(anna))["owed_minor"] == 200
    # What is won comes back, and with it what the wallet bore.
    await till.control.close_dispute(orders.CloseDispute(dispute=dispute["id"], outcome="won"))
    await till.settle()
    assert await owns(anna) == (800, 0)
    assert (await till.summary(anna))["owed_minor"] == 0
    assert await house_has("usd", Purpose.RECEIVABLE) == receivable


async def test_what_is_lost_is_owed_and_recovered_from_whatever_comes(
    till: Till, anna: Person
) -> None:
    payment_id = await till.fund(anna, 1_000)
    await spend(anna, 1_000)
    charge = await till.charge_of(payment_id)
    dispute = await till.control.open_dispute(orders.Dispute(charge=charge))
    await till.control.close_dispute(orders.CloseDispute(dispute=dispute["id"], outcome="lost"))
    await till.settle()
    assert (await till.summary(anna))["owed_minor"] == 1_000
    await give(anna, 400)
    await till.desk.run("recover_owed", "payments")
    assert await owns(anna) == (0, 0)
    assert (await till.summary(anna))["owed_minor"] == 600
    page = await till.stripe.v1.payment_intents.list_async({"limit": 10})
    assert len(page.data) == 1  # Nothing was charged for it.


async def test_a_bank_that_only_asks_takes_nothing(till: Till, anna: Person) -> None:
    payment_id = await till.fund(anna, 1_000)
    charge = await till.charge_of(payment_id)
    await till.control.open_dispute(orders.Dispute(charge=charge, is_inquiry=True))
    await till.settle()
    assert await owns(anna) == (1_000, 0)
    found = await fetch("SELECT status FROM payment_dispute WHERE user_id = $1", anna.user_id)
    assert [row["status"] for row in found] == ["warning_needs_response"]


async def test_what_was_not_asked_of_stripe_for_hours_is_asked_for_again(
    till: Till, anna: Person
) -> None:
    await till.fund(anna, 1_000)
    await till.pay_out(anna, 600)
    # Stripe was away for so long that the job was given up.
    await fetch("DELETE FROM job WHERE name = 'payments.refund'")
    await later(anna, hours=2)
    await till.desk.run("look_at_undecided", "payments")
    await till.settle()
    assert await owns(anna) == (400, 0)


async def test_what_we_give_back_takes_the_place_of_what_its_owner_had_just_asked_for(
    till: Till, anna: Person
) -> None:
    payment_id = await till.fund(anna, 1_000)
    charge = await till.charge_of(payment_id)
    house = await house_has("usd", Purpose.HOUSE)
    await till.pay_out(anna, 600)
    await till.control.refund(charge, 1_000)
    rows = await fetch("SELECT stripe_id FROM payment_intent WHERE id = $1", payment_id)
    await applying.apply_payment(till.desk.job_run(), rows[0]["stripe_id"], Seen())
    await till.settle()
    assert await owns(anna) == (0, 0)
    assert await house_has("usd", Purpose.HOUSE) == house
    assert (await till.payment(anna, payment_id))["refunded_minor"] == 1_000


async def test_what_is_owed_is_taken_once_whoever_else_looks_at_it(
    till: Till, anna: Person
) -> None:
    payment_id = await till.fund(anna, 1_000)
    await spend(anna, 1_000)
    await till.control.open_dispute(orders.Dispute(charge=await till.charge_of(payment_id)))
    await till.settle()
    await give(anna, 1_500)
    rows = await fetch("SELECT stripe_id FROM payment_intent WHERE id = $1", payment_id)
    has_taken, may_commit = asyncio.Event(), asyncio.Event()

    async def take() -> None:
        run = till.desk.job_run()
        async with run.once():
            await recovering.recover(run, anna.user_id, 1_000)
            has_taken.set()
            await may_commit.wait()

    async def is_waiting() -> bool:
        return bool(await fetch(_WAITING))

    taking = asyncio.create_task(take())
    await has_taken.wait()
    looking = asyncio.create_task(
        applying.apply_payment(till.desk.job_run(), rows[0]["stripe_id"], Seen())
    )
    await until(is_waiting)
    may_commit.set()
    await asyncio.gather(taking, looking)
    await till.desk.work()
    assert await owns(anna) == (500, 0)
    assert (await till.summary(anna))["owed_minor"] == 0
