"""Money comes in by card: once, whatever is asked twice, lost, late or out of order."""

from typing import Any
from uuid import uuid4

import pytest

from backend.domains.ledger import Purpose
from backend.embedded.stripe import orders
from backend.integrations.stripe_api import StripeProblem, StripeRequestWrong, stripe_facts
from backend.persistence.database import fetch
from tests.domains.payments.till import CardDeclined, Till
from tests.support.clock import FakeClock
from tests.support.couple import later
from tests.support.node import Node
from tests.support.people import Person, sign_up
from tests.support.promises import be_of_age, house_has, owns

FEE_MINOR = 59
"""What the stand-in keeps of ten dollars, as Stripe does."""


async def test_what_is_paid_is_in_the_wallet_and_what_it_cost_in_the_books(
    till: Till, anna: Person
) -> None:
    card, fees = await house_has("usd", Purpose.CARD), await house_has("usd", Purpose.FEES)
    begun = await till.begin(anna, 1_000)
    assert begun["payment"]["status"] == "open"
    assert begun["publishable_key"].startswith("pk_")
    assert begun["ephemeral_key"].startswith("ek_")
    paid = await till.confirm(begun["client_secret"])
    assert await owns(anna) == (0, 0)
    await till.settled(paid.id)
    await till.settle()
    assert await owns(anna) == (1_000, 0)
    shown = await till.payment(anna, begun["payment"]["payment_id"])
    assert (shown["status"], shown["amount_minor"]) == ("succeeded", 1_000)
    assert await house_has("usd", Purpose.CARD) == card - 1_000 + FEE_MINOR
    assert await house_has("usd", Purpose.FEES) == fees - FEE_MINOR


async def test_payment_sheet_shows_its_owners_saved_cards_and_nobody_elses(
    till: Till, anna: Person, node: Node, clock: FakeClock
) -> None:
    await till.save_card(anna, "pm_card_mastercard")
    ben = await sign_up(node, clock, "Ben")
    await be_of_age(ben)
    bens = await till.begin(ben)
    saving = await till.ask(anna, "POST", "/v1/payments/card", setup_id=str(uuid4()))
    for started in (await till.begin(anna), saving.json()):
        async with till.sheet(started) as sheet:
            cards = await sheet.v1.payment_methods.list_async({"customer": started["customer_id"]})
            assert [card.card and card.card.brand for card in cards.data] == ["mastercard"]
            with pytest.raises(StripeProblem), stripe_facts():
                await sheet.v1.payment_methods.list_async({"customer": bens["customer_id"]})
            with pytest.raises(StripeProblem), stripe_facts():
                await sheet.v1.payment_intents.list_async({"limit": 1})


async def test_it_is_seen_live(till: Till, anna: Person) -> None:
    async with anna.phone() as phone:
        mine = await phone.join(anna.address).ready()
        payment_id = await till.fund(anna)
        seen = (await mine.next_push("payments.payment_changed")).event["payment"]
        while seen["status"] != "succeeded":
            seen = (await mine.next_push("payments.payment_changed")).event["payment"]
        assert seen["payment_id"] == str(payment_id)
        told = (await mine.next_push("notifications.arrived")).event
        assert told["items"][0]["title"] == "$10.00 came into your wallet"


async def test_what_the_app_says_of_a_payment_is_remembered(till: Till, anna: Person) -> None:
    begun = await till.begin(anna, metadata={"campaign": "spring"})
    kept = "SELECT metadata->>'campaign' AS campaign FROM payment_intent WHERE id = $1::text::uuid"
    assert (await fetch(kept, begun["payment"]["payment_id"]))[0]["campaign"] == "spring"
    wish = {"payment_id": str(uuid4()), "amount_minor": 1_000, "metadata": {"of": "x" * 201}}
    refused = await till.ask(anna, "POST", "/v1/payments", **wish)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


async def test_asked_twice_it_is_one_payment(till: Till, anna: Person) -> None:
    wish = {"payment_id": str(uuid4()), "amount_minor": 1_000}
    first = (await till.ask(anna, "POST", "/v1/payments", **wish)).json()
    again = (await till.ask(anna, "POST", "/v1/payments", **wish)).json()
    assert first["client_secret"] == again["client_secret"]
    page = await till.stripe.v1.payment_intents.list_async({"limit": 10})
    assert len(page.data) == 1


async def test_an_answer_that_was_lost_makes_no_second_payment(till: Till, anna: Person) -> None:
    lost = orders.Trouble(does="lose_answer", path="/v1/payment_intents", should_retry=False)
    await till.control.trouble(lost)
    wish = {"payment_id": str(uuid4()), "amount_minor": 1_000}
    answers = [await till.ask(anna, "POST", "/v1/payments", **wish) for _ in range(2)]
    assert answers[-1].status_code == 201
    page = await till.stripe.v1.payment_intents.list_async({"limit": 10})
    assert len(page.data) == 1


async def test_the_id_of_another_payment_is_refused(
    till: Till, anna: Person, node: Node, clock: FakeClock
) -> None:
    wish = {"payment_id": str(uuid4()), "amount_minor": 1_000}
    await till.ask(anna, "POST", "/v1/payments", **wish)
    for person in (anna, await sign_up(node, clock, "Ben")):
        await be_of_age(person)
        told = {**wish, "amount_minor": 2_000} if person is anna else wish
        refused = await till.ask(person, "POST", "/v1/payments", **told)
        assert (refused.status_code, refused.json()["code"]) == (409, "payments.differs")


@pytest.mark.parametrize(
    ("amount_minor", "code"),
    [(99, "payments.amount_wrong"), (100_001, "payments.amount_wrong"), (0, "invalid")],
)
async def test_too_little_and_too_much_are_refused(
    till: Till, anna: Person, amount_minor: int, code: str
) -> None:
    wish = {"payment_id": str(uuid4()), "amount_minor": amount_minor}
    refused = await till.ask(anna, "POST", "/v1/payments", **wish)
    assert refused.json()["code"] == code
    assert await fetch("SELECT 1 FROM payment_intent WHERE user_id = $1", anna.user_id) == []


async def test_so_much_can_be_paid_in_within_a_day(
    till: Till, anna: Person, clock: FakeClock
) -> None:
    for _ in range(2):
        await till.fund(anna, 100_000)
    refused = await till.ask(
        anna, "POST", "/v1/payments", payment_id=str(uuid4()), amount_minor=100
    )
    assert refused.json()["code"] == "payments.day_limit_reached"
    await clock.jump(days=1, minutes=1)
    await till.desk.work()


async def test_only_so_many_may_be_open(till: Till, anna: Person) -> None:
    *_, begun = [await till.begin(anna, 100) for _ in range(5)]
    wish = {"payment_id": str(uuid4()), "amount_minor": 100}
    refused = await till.ask(anna, "POST", "/v1/payments", **wish)
    assert (refused.status_code, refused.json()["code"]) == (429, "payments.too_many")
    path = f"/v1/payments/{begun['payment']['payment_id']}/cancel"
    assert (await till.ask(anna, "POST", path)).status_code == 202
    await till.settle()
    shown = await till.payment(anna, begun["payment"]["payment_id"])
    assert shown["status"] == "canceled"
    assert (await till.ask(anna, "POST", "/v1/payments", **wish)).status_code == 201


async def test_only_adults_pay_in_and_who_shut_themselves_out_does_not(
    till: Till, node: Node, clock: FakeClock
) -> None:
    ben = await sign_up(node, clock, "Ben")
    wish = {"payment_id": str(uuid4()), "amount_minor": 100}
    refused = await till.ask(ben, "POST", "/v1/payments", **wish)
    assert (refused.status_code, refused.json()["code"]) == (403, "stakes.adults_only")
    await be_of_age(ben)
    await ben.post("stakes.exclude_myself", days=7)
    refused = await till.ask(ben, "POST", "/v1/payments", **wish)
    assert (refused.status_code, refused.json()["code"]) == (403, "stakes.excluded")


async def test_a_card_that_is_declined_brings_nothing_and_another_may_follow(
    till: Till, anna: Person
) -> None:
    begun = await till.begin(anna)
    with pytest.raises(CardDeclined):
        await till.confirm(begun["client_secret"], "pm_card_visa_chargeDeclined")
    await till.settle()
    payment_id = begun["payment"]["payment_id"]
    shown = await till.payment(anna, payment_id)
    assert (shown["status"], shown["problem"]) == ("declined", "generic_decline")
    assert await owns(anna) == (0, 0)
    again = await till.ask(anna, "POST", f"/v1/payments/{payment_id}/continue")
    assert again.json()["client_secret"] == begun["client_secret"]
    await till.confirm(begun["client_secret"])
    await till.settle()
    assert await owns(anna) == (1_000, 0)


async def test_a_bank_may_want_the_payer_to_confirm(till: Till, anna: Person) -> None:
    begun = await till.begin(anna)
    waiting = await till.confirm(begun["client_secret"], "pm_card_authenticationRequired")
    await till.settle()
    payment_id = begun["payment"]["payment_id"]
    assert (await till.payment(anna, payment_id))["status"] == "action_needed"
    await till.control.authenticate(waiting.id)
    await till.settle()
    assert (await till.payment(anna, payment_id))["status"] == "succeeded"
    assert await owns(anna) == (1_000, 0)


async def test_money_comes_in_by_a_page_of_stripes(till: Till, anna: Person) -> None:
    wish: dict[str, Any] = {"payment_id": str(uuid4()), "amount_minor": 2_500}
    begun = await till.ask(anna, "POST", "/v1/payments/checkout", **wish)
    assert begun.status_code == 201, begun.text
    session = begun.json()["url"].rpartition("/")[2]
    await till.control.check_out(orders.CheckOut(session=session))
    await till.settle()
    assert await owns(anna) == (2_500, 0)
    assert (await till.payment(anna, wish["payment_id"]))["status"] == "succeeded"


async def test_a_page_whose_time_is_over_ends_its_payment(till: Till, anna: Person) -> None:
    wish: dict[str, Any] = {"payment_id": str(uuid4()), "amount_minor": 2_500}
    begun = await till.ask(anna, "POST", "/v1/payments/checkout", **wish)
    session = begun.json()["url"].rpartition("/")[2]
    await till.control.check_out(orders.CheckOut(session=session, action="expire"))
    await till.settle()
    assert (await till.payment(anna, wish["payment_id"]))["status"] == "canceled"


async def test_a_page_leads_back_only_where_we_lead(till: Till, anna: Person) -> None:
    wish = {"payment_id": str(uuid4()), "amount_minor": 2_500}
    wish["return_to"] = "https://evil.example"
    refused = await till.ask(anna, "POST", "/v1/payments/checkout", **wish)
    assert refused.json()["code"] == "identity.return_to_not_allowed"


async def test_who_shuts_themselves_out_pays_nothing_that_they_had_begun(
    till: Till, anna: Person
) -> None:
    begun = await till.begin(anna)
    await anna.post("stakes.exclude_myself", days=7)
    await till.desk.work()
    with pytest.raises(StripeRequestWrong):
        await till.confirm(begun["client_secret"])
    assert (await till.payment(anna, begun["payment"]["payment_id"]))["status"] == "canceled"


async def test_nobody_tries_out_cards_by_saving_them(till: Till, anna: Person) -> None:
    for _ in range(10):
        begun = await till.ask(anna, "POST", "/v1/payments/card", setup_id=str(uuid4()))
        assert begun.status_code == 201, begun.text
    refused = await till.ask(anna, "POST", "/v1/payments/card", setup_id=str(uuid4()))
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")


async def test_anothers_payment_is_nobodys(
    till: Till, anna: Person, node: Node, clock: FakeClock
) -> None:
    payment_id = await till.fund(anna)
    ben = await sign_up(node, clock, "Ben")
    for method, path in (("GET", ""), ("POST", "/continue"), ("POST", "/cancel")):
        refused = await till.ask(ben, method, f"/v1/payments/{payment_id}{path}")
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert (await till.ask(ben, "GET", "/v1/payments")).json()["items"] == []


async def test_when_stripe_is_away_a_person_is_told_so(till: Till, anna: Person) -> None:
    for _ in range(4):
        await till.control.trouble(
            orders.Trouble(does="refuse", path="/v1/", status=503, should_retry=False)
        )
    wish = {"payment_id": str(uuid4()), "amount_minor": 1_000}
    refused = await till.ask(anna, "POST", "/v1/payments", **wish)
    assert (refused.status_code, refused.json()["code"]) == (503, "payments.stripe_unreachable")
    await till.control.clear_troubles()
    assert (await till.ask(anna, "POST", "/v1/payments", **wish)).status_code == 201


async def test_a_payment_is_made_in_one_way_only(till: Till, anna: Person) -> None:
    for first, second in (("", "/checkout"), ("/checkout", "")):
        wish = {"payment_id": str(uuid4()), "amount_minor": 1_000}
        begun = await till.ask(anna, "POST", f"/v1/payments{first}", **wish)
        assert begun.status_code == 201, begun.text
        refused = await till.ask(anna, "POST", f"/v1/payments{second}", **wish)
        assert (refused.status_code, refused.json()["code"]) == (409, "payments.differs")


async def test_a_page_asked_for_again_is_the_same_wherever_it_is_to_lead(
    till: Till, anna: Person
) -> None:
    wish: dict[str, Any] = {"payment_id": str(uuid4()), "amount_minor": 2_500}
    begun = await till.ask(anna, "POST", "/v1/payments/checkout", **wish)
    wish["return_to"] = f"{till.desk.node.house.settings.public_url}/elsewhere"
    again = await till.ask(anna, "POST", "/v1/payments/checkout", **wish)
    assert (again.status_code, again.json()) == (begun.status_code, begun.json())


async def test_a_page_that_was_paid_on_is_looked_at_where_nobody_told_of_it(
    till: Till, anna: Person, clock: FakeClock
) -> None:
    wish: dict[str, Any] = {"payment_id": str(uuid4()), "amount_minor": 2_500}
    begun = await till.ask(anna, "POST", "/v1/payments/checkout", **wish)
    session = begun.json()["url"].rpartition("/")[2]
    await till.control.check_out(orders.CheckOut(session=session))
    await till.control.lose()
    await clock.jump(hours=2)
    await till.desk.run("look_at_undecided", "payments")
    assert (await till.payment(anna, wish["payment_id"]))["status"] == "succeeded"


async def test_what_was_just_paid_is_not_canceled(till: Till, anna: Person) -> None:
    begun = await till.begin(anna)
    payment_id = begun["payment"]["payment_id"]
    await till.confirm(begun["client_secret"])
    refused = await till.ask(anna, "POST", f"/v1/payments/{payment_id}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "payments.decided")
    await till.settle()
    assert await owns(anna) == (1_000, 0)


async def test_what_stripe_never_heard_of_is_canceled_at_once(till: Till, anna: Person) -> None:
    for _ in range(4):
        await till.control.trouble(
            orders.Trouble(does="refuse", path="/v1/", status=503, should_retry=False)
        )
    wish = {"payment_id": str(uuid4()), "amount_minor": 1_000}
    await till.ask(anna, "POST", "/v1/payments", **wish)
    await till.control.clear_troubles()
    path = f"/v1/payments/{wish['payment_id']}/cancel"
    assert (await till.ask(anna, "POST", path)).status_code == 202
    assert (await till.payment(anna, str(wish["payment_id"])))["status"] == "canceled"


async def test_what_waits_since_yesterday_counts_for_today(
    till: Till, anna: Person, clock: FakeClock
) -> None:
    for _ in range(2):
        await till.begin(anna, 100_000)
    await clock.jump(days=1, seconds=1)
    wish = {"payment_id": str(uuid4()), "amount_minor": 100_000}
    refused = await till.ask(anna, "POST", "/v1/payments", **wish)
    assert refused.json()["code"] == "payments.day_limit_reached"


async def test_who_shut_themselves_out_does_not_go_on_either(till: Till, anna: Person) -> None:
    begun = await till.begin(anna, 1_000)
    wish = {"payment_id": begun["payment"]["payment_id"], "amount_minor": 1_000}
    await anna.post("stakes.exclude_myself", days=7)
    path = f"/v1/payments/{wish['payment_id']}/continue"
    for refused in (
        await till.ask(anna, "POST", path),
        await till.ask(anna, "POST", "/v1/payments", **wish),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "stakes.excluded")


async def test_a_payment_of_stripes_that_is_another_is_not_taken_for_ours(
    till: Till, anna: Person
) -> None:
    for _ in range(4):
        await till.control.trouble(
            orders.Trouble(does="refuse", path="/v1/", status=503, should_retry=False)
        )
    wish = {"payment_id": str(uuid4()), "amount_minor": 1_000}
    await till.ask(anna, "POST", "/v1/payments", **wish)
    await till.control.clear_troubles()
    for amount, currency in ((1_000, "jpy"), (900, "usd")):
        made = await till.stripe.v1.payment_intents.create_async(
            {
                "amount": amount,
                "currency": currency,
                "metadata": {"tandem_payment": str(wish["payment_id"])},
                "allowed_payment_method_types": ["card"],
            }
        )
        await till.confirm(made.client_secret or "")
    await till.deliver()
    await later(anna)
    assert await owns(anna) == (0, 0)
    told = await fetch("SELECT DISTINCT problem FROM stripe_webhook WHERE status = 'failed'")
    assert len(told) == 2
    assert all("PaidOtherwise" in one["problem"] for one in told)


async def test_who_was_deleted_at_stripe_is_made_known_there_again(
    till: Till, anna: Person
) -> None:
    await till.save_card(anna)
    rows = await fetch(
        "SELECT stripe_customer_id AS id FROM payment_customer WHERE user_id = $1", anna.user_id
    )
    await till.stripe.v1.customers.delete_async(rows[0]["id"])
    await till.settle()
    assert (await till.summary(anna))["card"] is None
    await till.fund(anna, 1_000, save_card=True)
    assert await owns(anna) == (1_000, 0)
    assert (await till.summary(anna))["card"] is not None
