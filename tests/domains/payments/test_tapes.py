"""Webhooks are kept as they came and applied from what Stripe says now: any tape ends the same."""

import asyncio
import hashlib
import hmac
import random
import time
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from backend.domains import payments
from backend.domains.ledger import Purpose
from backend.domains.payments import receiving
from backend.embedded.stripe import orders
from backend.persistence.database import fetch
from backend.persistence.jobs import TryLater
from protocol.messages import Role
from tests.domains.payments.till import Till
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import Person, sign_up
from tests.support.promises import house_has, owns
from tests.support.stripe import WEBHOOK_SECRET


async def a_month(till: Till, person: Person) -> UUID:
    """Have much happen to one payment at Stripe, of which nobody is told yet."""
    begun = await till.begin(person, 2_000)
    paid = await till.confirm(begun["client_secret"])
    charge = await till.settled(paid.id)
    await till.control.refund(charge, 300)
    dispute = await till.control.open_dispute(orders.Dispute(charge=charge))
    await till.control.close_dispute(orders.CloseDispute(dispute=dispute["id"], outcome="won"))
    return UUID(begun["payment"]["payment_id"])


async def state_of(till: Till, person: Person, payment_id: UUID) -> dict[str, Any]:
    """Say where everything has come to."""
    shown = await till.payment(person, payment_id)
    return {
        "payment": {name: shown[name] for name in ("status", "refunded_minor", "disputed_minor")},
        "owns": await owns(person),
        "owed": (await till.summary(person))["owed_minor"],
    }


@pytest.mark.parametrize("seed", range(6))
async def test_shuffled_doubled_and_with_gaps_it_comes_to_the_same(
    till: Till, anna: Person, seed: int
) -> None:
    card = await house_has("usd", Purpose.CARD)
    payment_id = await a_month(till, anna)
    drawn = random.Random(seed)  # noqa: S311 - a test's order, no secret
    held = [one.id for one in (await till.control.deliveries()).held]
    lost = drawn.sample(held, len(held) // 3)
    await till.control.lose(*lost)
    while (await till.control.deliveries()).held:
        some = [one.id for one in (await till.control.deliveries()).held]
        wanted = drawn.sample(some, min(len(some), drawn.randint(1, 4)))
        order = orders.Deliver(
            wanted=wanted, order="shuffled", seed=seed, times=drawn.randint(1, 3)
        )
        await till.control.deliver(order)
        if drawn.choice((True, False)):
            await till.desk.work()
    await till.desk.work()
    assert await state_of(till, anna, payment_id) == {
        "payment": {"status": "succeeded", "refunded_minor": 300, "disputed_minor": 0},
        "owns": (1_700, 0),
        "owed": 0,
    }
    balance = await till.stripe.v1.balance_transactions.list_async({"limit": 100})
    assert await house_has("usd", Purpose.CARD) == card - sum(one.net for one in balance.data)


async def test_when_all_are_lost_the_daily_reconciliation_finds_them(
    till: Till, anna: Person, clock: FakeClock
) -> None:
    payment_id = await a_month(till, anna)
    await till.control.lose()
    assert await owns(anna) == (0, 0)
    await clock.jump(seconds=time.time() - clock.now().timestamp() + 7_200)
    await till.desk.run("reconcile_daily", "payments")
    (found,) = await fetch("SELECT * FROM stripe_reconciliation")
    assert found["events_missed"] == found["events_listed"] > 5
    row = (await fetch("SELECT * FROM payment_intent WHERE id = $1", payment_id))[0]
    assert (row["status"], row["refunded_minor"]) == ("succeeded", 300)
    await till.desk.run("reconcile_daily", "payments")
    rows = await fetch("SELECT events_missed FROM stripe_reconciliation ORDER BY events_missed")
    assert [row["events_missed"] for row in rows] == [0, found["events_missed"]]


async def test_our_books_and_stripes_agree_to_the_cent(
    till: Till, anna: Person, clock: FakeClock
) -> None:
    before = await house_has("usd", Purpose.CARD)
    await a_month(till, anna)
    await till.settle()
    await clock.jump(
        seconds=time.time() - clock.now().timestamp() + 14_400
    )  # Behind what other tests booked.
    await till.desk.run("reconcile_daily", "payments")
    (found,) = await fetch("SELECT stripe_minor, ledger_minor FROM stripe_reconciliation")
    assert found["stripe_minor"] == found["ledger_minor"] + before


async def test_what_happened_before_what_is_known_asks_stripe_nothing(
    till: Till, anna: Person
) -> None:
    await till.fund(anna)
    await fetch("UPDATE payment_intent SET seen_event_at = now() + '1 hour'")
    told = await fetch("SELECT event_id FROM stripe_webhook WHERE about_kind = 'payment' LIMIT 1")
    await fetch("UPDATE stripe_webhook SET status = 'waiting', applied_at = NULL")
    for _ in range(3):
        await till.control.trouble(orders.Trouble(does="refuse", path="/v1/", status=500))
    run = till.desk.job_run()
    await receiving.apply_webhook(run, told[0]["event_id"])
    rows = await fetch("SELECT status FROM stripe_webhook WHERE event_id = $1", told[0]["event_id"])
    assert rows[0]["status"] == "applied"


async def send(node: Node, body: bytes, signature: str) -> httpx.Response:
    """Send a webhook as anybody may."""
    async with httpx.AsyncClient(base_url=node.http_url) as client:
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        return await client.post("/v1/stripe/webhooks", content=body, headers=headers)


def signed(body: bytes, secret: str = WEBHOOK_SECRET, age_s: int = 0) -> str:
    """Sign a body as Stripe does."""
    at = int(time.time()) - age_s
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def event(event_id: str, **told: Any) -> bytes:
    """Make an event."""
    return msgspec.json.encode(
        {
            "id": event_id,
            "object": "event",
            "type": "payment_intent.succeeded",
            "created": int(time.time()),
            "data": {"object": {"object": "payment_intent", "id": "pi_nobody", **told}},
        }
    )


async def test_only_what_stripe_signed_is_taken(till: Till, node: Node) -> None:
    del till
    body = event("evt_forged")
    for signature in ("", "t=1,v1=00", signed(body, "whsec_other"), signed(body, age_s=3_600)):
        refused = await send(node, body, signature)
        assert (refused.status_code, refused.json()["code"]) == (400, "payments.webhook_unproved")
    changed = await send(node, body.replace(b"pi_nobody", b"pi_another"), signed(body))
    assert changed.status_code == 400
    assert await fetch("SELECT 1 FROM stripe_webhook") == []


async def test_what_is_no_event_or_too_large_is_refused(till: Till, node: Node) -> None:
    del till
    nothing = b'{"object": "event", "id": "evt_1", "created": 1, "type": "a"}'
    for body in (b"", b"[]", b"{}", b'{"object": "event"}', nothing, b"\xff\xfe"):
        assert (await send(node, body, signed(body))).status_code == 400
    large = event("evt_large", filler="x" * 300_000)
    assert (await send(node, large, signed(large))).status_code == 413


async def test_what_is_not_ours_is_kept_and_let_be(till: Till, node: Node) -> None:
    body = event("evt_other")
    assert (await send(node, body, signed(body))).json() == {"is_new": True}
    assert (await send(node, body, signed(body))).json() == {"is_new": False}
    await till.desk.work()
    rows = await fetch("SELECT status, payload FROM stripe_webhook")
    assert [(row["status"], row["payload"]) for row in rows] == [("ignored", body.decode())]


async def test_while_stripe_is_away_it_waits_and_admins_see_it(
    till: Till, node: Node, clock: FakeClock
) -> None:
    body = event("evt_waits")
    await send(node, body, signed(body))
    for _ in range(30):
        await till.control.trouble(
            orders.Trouble(does="refuse", path="/v1/", status=500, should_retry=False)
        )
    run = till.desk.job_run()
    with pytest.raises(TryLater, match="Stripe cannot be used"):
        await receiving.apply_webhook(run, "evt_waits")
    admin = await sign_up(node, clock, "Ada", role=Role.ADMIN)
    page = (await till.ask(admin, "GET", "/v1/stripe/webhooks?is_open=true")).json()
    assert [(one["event_id"], one["status"], one["tries"]) for one in page["items"]] == [
        ("evt_waits", "failed", 1)
    ]
    assert "Stripe cannot be used" in page["items"][0]["problem"]
    ben = await sign_up(node, clock, "Ben")
    assert (await till.ask(ben, "GET", "/v1/stripe/webhooks")).status_code == 403


async def test_two_workers_apply_the_same_at_once(till: Till, anna: Person) -> None:
    begun = await till.begin(anna)
    paid = await till.confirm(begun["client_secret"])
    await till.settled(paid.id)
    await till.control.deliver()
    told = await fetch("SELECT event_id FROM stripe_webhook WHERE about_kind = 'payment'")
    assert len(told) == 4
    runs = [till.desk.job_run() for _ in range(12)]
    await asyncio.gather(
        *[
            receiving.apply_webhook(run, told[place % 4]["event_id"])
            for place, run in enumerate(runs)
        ],
        return_exceptions=True,  # Who is overtaken too often tries again later.
    )
    await till.desk.work()
    assert await owns(anna) == (1_000, 0)


async def test_old_webhooks_are_let_go(till: Till, anna: Person, clock: FakeClock) -> None:
    await till.fund(anna)
    await clock.jump(days=91)
    await till.desk.run("forget_webhooks", "payments")
    assert await fetch("SELECT 1 FROM stripe_webhook") == []


async def test_what_tells_us_nothing_is_not_applied_again(till: Till, node: Node) -> None:
    body = event("evt_balance", object="balance")
    assert (await send(node, body, signed(body))).status_code == 200
    assert await payments.replay(till.desk.job_run(), "evt_balance") == 0
    await till.desk.work()
    assert (await fetch("SELECT status FROM stripe_webhook"))[0]["status"] == "ignored"


async def test_what_is_on_its_way_to_us_has_not_been_missed(
    till: Till, anna: Person, clock: FakeClock
) -> None:
    await clock.jump(seconds=time.time() - clock.now().timestamp() + 60)
    await till.begin(anna)
    await till.desk.run("reconcile_daily", "payments")
    (found,) = await fetch("SELECT events_missed FROM stripe_reconciliation")
    assert found["events_missed"] == 0


async def test_what_was_kept_and_given_up_is_applied_by_the_daily_reconciliation(
    till: Till, anna: Person
) -> None:
    begun = await till.begin(anna)
    paid = await till.confirm(begun["client_secret"])
    await till.settled(paid.id)
    await till.control.deliver()
    # Stripe was away for so long that no job is left.
    await fetch("DELETE FROM job")
    await till.desk.run("reconcile_daily", "payments")
    assert await owns(anna) == (1_000, 0)
    assert await payments.open_webhooks() == []
