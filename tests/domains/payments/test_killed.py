"""A worker is killed at every statement of charging, booking and giving back: the end is one."""

import pytest

from backend.persistence.database import fetch
from tests.domains.payments.test_charging import begin
from tests.domains.payments.till import Till
from tests.support.clock import FakeClock
from tests.support.couple import Couple
from tests.support.mortal import die_again_and_again, mortal
from tests.support.people import Person
from tests.support.promises import be_of_age, have_template, let_pass, owns

__all__ = ["mortal"]

pytestmark = [
    pytest.mark.usefixtures("mortal"),
    pytest.mark.parametrize("is_done", [False, True]),
]


@pytest.fixture
async def anna(couple: Couple, clock: FakeClock) -> Person:
    """Somebody of age, with something to promise."""
    await have_template(clock)
    return await be_of_age(couple.anna)


async def die_in_each(till: Till, name: str, *, is_done: bool) -> int:
    """Have a worker die at every statement of every job of a kind; gives how many there were."""
    statements = 0
    while rows := await fetch("SELECT id FROM job WHERE name = $1 ORDER BY id", name):
        for row in rows:
            statements += await die_again_and_again(till.desk, row["id"], is_done=is_done)
    return statements


async def test_what_was_missed_is_charged_and_booked_once(
    till: Till, anna: Person, couple: Couple, *, is_done: bool
) -> None:
    await till.save_card(anna)
    await begin(couple)
    await let_pass(anna, couple.ben, days=1)
    await let_pass(anna, couple.ben, days=3, minutes=1)
    assert await die_in_each(till, "payments.collect", is_done=is_done) > 10
    await till.settle()
    page = await till.stripe.v1.charges.list_async({"limit": 10})
    assert [charge.amount for charge in page.data] == [500]
    assert await owns(anna) == (0, 0)
    assert await owns(couple.ben) == (500, 0)


async def test_what_stripe_tells_is_booked_once(till: Till, anna: Person, *, is_done: bool) -> None:
    begun = await till.begin(anna)
    paid = await till.confirm(begun["client_secret"])
    await till.settled(paid.id)
    await till.control.deliver()
    assert await die_in_each(till, "payments.apply_webhook", is_done=is_done) > 20
    await till.desk.work()
    assert await owns(anna) == (1_000, 0)


async def test_what_goes_back_goes_back_once(till: Till, anna: Person, *, is_done: bool) -> None:
    await till.fund(anna, 1_000)
    await till.pay_out(anna, 600)
    assert await die_in_each(till, "payments.refund", is_done=is_done) > 10
    await till.settle()
    page = await till.stripe.v1.refunds.list_async({"limit": 10})
    assert [one.amount for one in page.data] == [600]
    assert await owns(anna) == (400, 0)
