"""What was missed is charged to a saved card: once, later if it must be, and never in secret."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec
import pytest

from backend.domains.ledger import Purpose
from backend.embedded.stripe import orders
from backend.persistence.database import fetch
from protocol.clients.python import Refused
from tests.domains.payments.till import Till
from tests.support.clock import FakeClock
from tests.support.couple import Couple, read
from tests.support.people import Person
from tests.support.promises import (
    Promise,
    be_of_age,
    have_template,
    house_has,
    let_pass,
    owns,
    promise,
    stake,
    with_partner,
)
from tests.support.verify import until_quiet

ON_CARD = {"mode": "charge"}


@pytest.fixture
async def anna(couple: Couple, clock: FakeClock) -> Person:
    """Somebody of age, with something to promise."""
    await have_template(clock)
    return await be_of_age(couple.anna)


async def begin(couple: Couple, forfeits_to: str = "partner", **more: Any) -> Promise:
    """Have Anna promise to read for one day, for five dollars on her card."""
    async with couple.phones() as (anna, _):
        one_day = {"last_day": str(couple.anna.clock.now().date()), **more}
        at_stake = stake(forfeits_to, 500, **ON_CARD)
        return await promise(couple, anna, stake=at_stake, **one_day, **with_partner(couple))


async def miss(couple: Couple, till: Till) -> UUID:
    """Have the day pass, and the time in which it may be disputed; gives the payment's id."""
    await let_pass(couple.anna, couple.ben, days=1)
    await let_pass(couple.anna, couple.ben, days=3, minutes=1)
    await till.desk.work()
    await till.settle()
    rows = await fetch(
        "SELECT id FROM payment_intent WHERE user_id = $1 AND payment_type = 'forfeit'",
        couple.anna.user_id,
    )
    found: UUID = rows[0]["id"]
    return found


async def try_again(couple: Couple, till: Till, **by: Any) -> None:
    """Let time pass, and the worker look whose card is to be tried again."""
    await let_pass(couple.anna, couple.ben, **by)
    await till.desk.run("collect_due", "payments")
    await till.settle()


async def test_a_missed_day_is_charged_once_and_the_partner_gets_it(
    till: Till, anna: Person, couple: Couple
) -> None:
    await till.save_card(anna)
    made = await begin(couple)
    payment_id = await miss(couple, till)
    shown = await till.payment(anna, payment_id)
    assert (shown["status"], shown["amount_minor"]) == ("succeeded", 500)
    assert shown["challenge_id"] == str(made.challenge_id)
    assert await owns(couple.ben) == (500, 0)
    assert await owns(anna) == (0, 0)
    (one,) = (await made.occurrences(anna)).values()
    assert one["payment_intent_id"] == str(payment_id)
    rows = await fetch("SELECT metadata FROM payment_intent WHERE id = $1", payment_id)
    assert msgspec.json.decode(rows[0]["metadata"]) == {"occurrence": one["key"]}
    for _ in range(3):
        await till.desk.run("collect_due", "payments")
        await till.desk.run("look_at_undecided", "payments")
    await till.settle()
    page = await till.stripe.v1.charges.list_async({"limit": 10})
    assert [charge.amount for charge in page.data] == [500]


async def test_the_partner_hears_of_the_money_when_it_is_there(
    till: Till, anna: Person, couple: Couple
) -> None:
    await till.save_card(anna)
    await begin(couple)
    await let_pass(anna, couple.ben, days=1)
    await let_pass(anna, couple.ben, days=3, minutes=1)

    async def titles(person: Person) -> list[str]:
        page = (await read(person, "/v1/notifications")).json()
        return [one["notification"]["title"] for one in page["items"]]

    assert not [title for title in await titles(couple.ben) if "5.00 USD" in title]
    assert "is charged to your card, and goes to your partner" in "".join(await titles(anna))
    await till.desk.work()
    await till.settle()
    told = "Anna paid for what they missed: 5.00 USD comes to you"
    assert told in await titles(couple.ben)


async def test_everybody_who_follows_sees_that_it_was_paid(
    till: Till, anna: Person, couple: Couple
) -> None:
    await till.save_card(anna)
    made = await begin(couple)
    await let_pass(anna, couple.ben, days=4, minutes=1)
    await let_pass(anna, couple.ben, days=3)
    async with couple.ben.phone() as phone:
        seen = await made.follow(phone)
        await till.desk.work()
        await till.settle()
        event = (await seen.next_push("challenges.forfeit_charged")).event
        assert event["is_paid"] is True


@pytest.mark.usefixtures("till", "anna")
async def test_without_a_card_nothing_is_promised_on_it(couple: Couple) -> None:
    with pytest.raises(Refused) as refused:
        await begin(couple)
    assert refused.value.code == "payments.card_missing"


@pytest.mark.parametrize("wrong", [{"amount_minor": 49}, {"asset": "usdc"}])
async def test_a_card_is_charged_in_dollars_and_not_with_pennies(
    till: Till, anna: Person, couple: Couple, wrong: dict[str, Any]
) -> None:
    await till.save_card(anna)
    async with couple.phones() as (phone, _):
        at_stake = {**stake("charity", 500, **ON_CARD), **wrong}
        with pytest.raises(Refused) as refused:
            await promise(couple, phone, stake=at_stake)
    assert refused.value.code == "payments.charge_impossible"


async def test_a_card_that_is_declined_is_tried_on_other_days_and_then_it_is_owed(
    till: Till, anna: Person, couple: Couple
) -> None:
    await till.save_card(anna, "pm_card_chargeCustomerFail")
    await begin(couple)
    payment_id = await miss(couple, till)
    shown = await till.payment(anna, payment_id)
    assert (shown["status"], shown["problem"]) == ("declined", "generic_decline")
    assert shown["next_try_at"] is not None
    await try_again(couple, till, hours=23)
    await try_again(couple, till, hours=2)
    await try_again(couple, till, days=3, minutes=1)
    assert (await till.payment(anna, payment_id))["status"] == "declined"
    await try_again(couple, till, days=5, minutes=1)
    shown = await till.payment(anna, payment_id)
    assert (shown["status"], shown["next_try_at"]) == ("unpaid", None)
    page = await till.stripe.v1.charges.list_async({"limit": 10})
    assert len(page.data) == 4
    assert (await till.summary(anna))["owed_minor"] == 500
    assert await owns(couple.ben) == (0, 0)
    with pytest.raises(Refused) as refused:
        await begin(couple)
    assert refused.value.code == "payments.owing"


async def test_another_card_pays_what_the_first_could_not(
    till: Till, anna: Person, couple: Couple
) -> None:
    await till.save_card(anna, "pm_card_chargeCustomerFail")
    await begin(couple)
    payment_id = await miss(couple, till)
    await till.save_card(anna)
    await till.desk.run("collect_due", "payments")
    await till.settle()
    assert (await till.payment(anna, payment_id))["status"] == "succeeded"
    assert await owns(couple.ben) == (500, 0)


async def test_a_bank_that_wants_its_customer_has_her_confirm(
    till: Till, anna: Person, couple: Couple
) -> None:
    await till.save_card(anna, "pm_card_authenticationRequired")
    await begin(couple)
    async with anna.phone() as phone:
        mine = await phone.join(anna.address).ready()
        payment_id = await miss(couple, till)
        told = (await mine.next_push("notifications.arrived")).event
        while told["items"][0]["notification_type"] != "payment":
            told = (await mine.next_push("notifications.arrived")).event
        assert told["items"][0]["title"] == "Your card could not be charged $5.00"
    shown = await till.payment(anna, payment_id)
    assert (shown["status"], shown["problem"]) == ("declined", "authentication_required")
    going_on = await till.ask(anna, "POST", f"/v1/payments/{payment_id}/continue")
    waiting = await till.confirm(going_on.json()["client_secret"], "pm_card_authenticationRequired")
    assert waiting.status == "requires_action"
    await till.control.authenticate(waiting.id)
    await till.settle()
    assert (await till.payment(anna, payment_id))["status"] == "succeeded"
    assert await owns(couple.ben) == (500, 0)


async def test_who_began_to_pay_by_hand_and_let_it_be_is_charged_as_before(
    till: Till, anna: Person, couple: Couple
) -> None:
    await till.save_card(anna, "pm_card_chargeCustomerFail")
    await begin(couple)
    payment_id = await miss(couple, till)
    going_on = await till.ask(anna, "POST", f"/v1/payments/{payment_id}/continue")
    await till.confirm(going_on.json()["client_secret"], "pm_card_authenticationRequired")
    await till.settle()
    assert (await till.payment(anna, payment_id))["status"] == "action_needed"
    await try_again(couple, till, days=1, minutes=1)
    shown = await till.payment(anna, payment_id)
    assert (shown["status"], shown["problem"]) == ("declined", "generic_decline")
    await till.confirm(going_on.json()["client_secret"], "pm_card_authenticationRequired")
    await till.settle()
    assert (await till.payment(anna, payment_id))["status"] == "action_needed"
    await till.save_card(anna)
    await try_again(couple, till, minutes=1)
    assert (await till.payment(anna, payment_id))["status"] == "succeeded"
    assert await owns(couple.ben) == (500, 0)


async def test_who_takes_the_card_away_owes_what_they_promised(
    till: Till, anna: Person, couple: Couple
) -> None:
    await till.save_card(anna)
    await begin(couple)
    assert (await till.ask(anna, "DELETE", "/v1/payments/card")).status_code == 204
    assert (await till.summary(anna))["card"] is None
    payment_id = await miss(couple, till)
    shown = await till.payment(anna, payment_id)
    assert (shown["status"], shown["problem"]) == ("declined", "no_card")
    await till.save_card(anna)
    await till.desk.run("collect_due", "payments")
    await till.settle()
    assert await owns(couple.ben) == (500, 0)


@pytest.mark.parametrize("path", ["/v1/payment_intents", "/v1/payment_intents/pi_"])
async def test_answers_that_are_lost_charge_nobody_twice(
    till: Till, anna: Person, couple: Couple, path: str
) -> None:
    await till.save_card(anna)
    await begin(couple)
    for _ in range(4):
        await till.control.trouble(orders.Trouble(does="lose_answer", path=path))
    payment_id = await miss(couple, till)
    assert (await till.payment(anna, payment_id))["status"] == "succeeded"
    page = await till.stripe.v1.charges.list_async({"limit": 10})
    assert [charge.amount for charge in page.data] == [500]
    assert await owns(couple.ben) == (500, 0)


async def test_a_chargeback_of_what_was_missed_is_owed_and_never_charged_again(
    till: Till, anna: Person, couple: Couple
) -> None:
    await till.save_card(anna)
    await begin(couple)
    payment_id = await miss(couple, till)
    receivable = await house_has("usd", Purpose.RECEIVABLE)
    charge = await till.charge_of(payment_id)
    await till.control.open_dispute(orders.Dispute(charge=charge))
    await till.settle()
    assert await house_has("usd", Purpose.RECEIVABLE) == receivable - 500
    assert await owns(couple.ben) == (500, 0)
    assert (await till.summary(anna))["owed_minor"] == 500
    await try_again(couple, till, days=10)
    page = await till.stripe.v1.charges.list_async({"limit": 10})
    assert len(page.data) == 1


async def test_no_id_of_a_payment_can_be_taken_before_the_day_is_missed(
    till: Till, anna: Person, couple: Couple
) -> None:
    await till.save_card(anna)
    made = await begin(couple)
    (one,) = (await made.occurrences(anna)).values()
    taken = str(uuid5(UUID(one["event_id"]), "payment"))
    await till.begin(anna, payment_id=taken)
    payment_id = await miss(couple, till)
    assert (await till.payment(anna, payment_id))["status"] == "succeeded"
    assert await owns(couple.ben) == (500, 0)


async def test_who_may_save_no_card_pays_what_they_missed_by_hand(
    till: Till, anna: Person, couple: Couple
) -> None:
    await till.save_card(anna)
    await begin(couple)
    assert (await till.ask(anna, "DELETE", "/v1/payments/card")).status_code == 204
    payment_id = await miss(couple, till)
    await anna.post("stakes.exclude_myself", days=7)
    going_on = await till.ask(anna, "POST", f"/v1/payments/{payment_id}/continue")
    assert going_on.status_code == 200, going_on.text
    await till.confirm(going_on.json()["client_secret"])
    await till.settle()
    assert (await till.payment(anna, payment_id))["status"] == "succeeded"
    assert await owns(couple.ben) == (500, 0)


@pytest.mark.parametrize("how", ["leave", "block"])
async def test_who_parts_is_charged_for_what_was_missed_before_and_for_nothing_after(
    till: Till, anna: Person, couple: Couple, how: str
) -> None:
    await till.save_card(anna)
    await begin(couple, last_day=str(anna.clock.now().date() + timedelta(days=6)))
    await let_pass(anna, couple.ben, days=1)
    async with couple.phones() as (hers, _):
        await hers.do(f"relationships.{how}")
        await until_quiet(anna.node)
    await let_pass(anna, couple.ben, days=3)
    await let_pass(anna, couple.ben, days=7)
    await till.desk.work()
    await till.settle()
    page = await till.stripe.v1.charges.list_async({"limit": 10})
    assert [charge.amount for charge in page.data] == [500]
    assert await owns(couple.ben) == (500, 0)
