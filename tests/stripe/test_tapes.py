"""Webhooks as a tape: in order, held, shuffled, doubled, late, lost, and tried again.

Only the stand-in can be told to do these things to them.
"""

import pytest
from stripe import StripeClient

from backend.embedded.stripe import Delivery, Endpoint, StripeControl, orders
from tests.stripe.receiver import NEW_SECRET, OLD_SECRET, Receiver
from tests.stripe.words import new_key, pay
from tests.support.until import until

PAYMENT = [
    "payment_intent.created",
    "payment_intent.succeeded",
    "charge.succeeded",
    "charge.updated",
]


async def delivery_of(control: StripeControl, event_id: str) -> Delivery:
    """See what became of an event."""
    told = await control.deliveries()
    return next(one for one in told.deliveries if one.event_id == event_id)


async def test_what_happens_arrives_in_its_order_and_is_signed(
    stripe: StripeClient, tape: Receiver
) -> None:
    paid = await pay(stripe)
    await tape.until("charge.updated")
    assert tape.types == PAYMENT
    assert tape.refused == []
    assert tape.taken[1].data.object["id"] == paid.id


async def test_what_is_delivered_is_what_is_listed(stripe: StripeClient, tape: Receiver) -> None:
    await pay(stripe)
    await tape.until("charge.updated")

    async def is_all_taken() -> bool:
        left = await stripe.v1.events.list_async({"delivery_success": False})
        return left.data == []

    await until(is_all_taken)
    page = await stripe.v1.events.list_async({"limit": 10})
    assert [event.id for event in reversed(page.data)] == tape.ids
    listed = {event.id: event for event in page.data}
    for event in tape.taken:
        assert event.data.object == listed[event.id].data.object
    assert {event.pending_webhooks for event in page.data} == {0}


async def test_what_is_held_arrives_when_it_is_told_to(
    stripe: StripeClient, control: StripeControl, tape: Receiver
) -> None:
    await control.hold()
    await pay(stripe)
    held = (await control.deliveries()).held
    assert [one.type for one in held] == PAYMENT
    assert tape.requests == 0
    await control.deliver()
    assert tape.types == PAYMENT
    await pay(stripe)
    await control.flow()
    await until(lambda: tape.types == [*PAYMENT, *PAYMENT])
    await pay(stripe)
    await until(lambda: tape.types == [*PAYMENT, *PAYMENT, *PAYMENT])


async def test_the_last_may_come_first(
    stripe: StripeClient, control: StripeControl, tape: Receiver
) -> None:
    await control.hold()
    await pay(stripe)
    await control.deliver(orders.Deliver(order="reversed"))
    assert tape.types == list(reversed(PAYMENT))


async def test_a_shuffled_tape_is_shuffled_the_same_way_again(
    stripe: StripeClient, control: StripeControl, tape: Receiver
) -> None:
    await control.hold()
    for _ in range(2):
        await pay(stripe)
        await control.deliver(orders.Deliver(order="shuffled", seed=3))
    first, second = tape.types[:4], tape.types[4:]
    assert first == second
    assert first != PAYMENT
    assert sorted(first) == sorted(PAYMENT)


async def test_an_event_may_come_twice_and_again_later(
    stripe: StripeClient, control: StripeControl, tape: Receiver
) -> None:
    await control.hold()
    await pay(stripe)
    await control.deliver(orders.Deliver(times=2))
    assert tape.ids[0::2] == tape.ids[1::2]
    assert len(tape.ids) == 2 * len(PAYMENT)
    await control.deliver_again(tape.ids[0])
    assert tape.ids[-1] == tape.ids[0]


async def test_some_are_lost_and_can_still_be_listed(
    stripe: StripeClient, control: StripeControl, tape: Receiver
) -> None:
    await control.hold()
    await pay(stripe)
    await control.lose("payment_intent.succeeded")
    await control.deliver()
    assert tape.types == [one for one in PAYMENT if one != "payment_intent.succeeded"]
    page = await stripe.v1.events.list_async({"type": "payment_intent.succeeded"})
    assert (await delivery_of(control, page.data[0].id)).state == "lost"


async def test_an_old_recording_is_not_believed(
    stripe: StripeClient, control: StripeControl, tape: Receiver
) -> None:
    await control.hold()
    await pay(stripe)
    wanted = ["payment_intent.succeeded"]
    await control.deliver(orders.Deliver(wanted=wanted, age_s=3_600))
    # What was refused is tried again, signed anew, as Stripe does.
    await until(lambda: tape.types == wanted)
    assert tape.refused == ["SignatureStale"]


async def test_who_fails_is_asked_again_until_they_take_it(
    stripe: StripeClient, control: StripeControl, tape: Receiver
) -> None:
    tape.failing = 2
    await stripe.v1.customers.create_async({}, new_key())
    await tape.until("customer.created")

    async def is_delivered() -> bool:
        return (await delivery_of(control, tape.ids[0])).state == "delivered"

    await until(is_delivered)
    assert (await delivery_of(control, tape.ids[0])).statuses == [500, 500, 200]


async def test_who_never_takes_it_is_given_up(
    stripe: StripeClient, control: StripeControl, tape: Receiver
) -> None:
    tape.failing = 1_000
    await stripe.v1.customers.create_async({}, new_key())
    page = await stripe.v1.events.list_async({"limit": 1})

    async def is_given_up() -> bool:
        return (await delivery_of(control, page.data[0].id)).state == "failed"

    await until(is_given_up)
    assert tape.requests == 5
    undelivered = await stripe.v1.events.list_async({"delivery_success": False})
    assert [event.id for event in undelivered.data] == [page.data[0].id]


async def test_some_never_arrive_and_are_sent_again(
    stripe: StripeClient, control: StripeControl, tape: Receiver
) -> None:
    await control.hinder(failing=1)
    await stripe.v1.customers.create_async({}, new_key())
    await tape.until("customer.created")

    async def is_written_down() -> bool:
        return (await delivery_of(control, tape.ids[0])).statuses == [0, 200]

    await until(is_written_down)
    assert tape.requests == 1


async def test_while_a_secret_is_replaced_both_sign(
    stripe: StripeClient, control: StripeControl, tape: Receiver
) -> None:
    both = Endpoint(url=tape.url, secrets=[NEW_SECRET, OLD_SECRET])
    await control.deliver_to(both)
    for secrets in ((OLD_SECRET,), (NEW_SECRET,)):
        tape.secrets = secrets
        tape.taken.clear()
        await stripe.v1.customers.create_async({}, new_key())
        await tape.until("customer.created")
    assert tape.refused == []
    assert OLD_SECRET not in repr(both)


async def test_only_what_an_endpoint_wants_is_sent_there(
    stripe: StripeClient, control: StripeControl, tape: Receiver
) -> None:
    told = tape.endpoint
    await control.deliver_to(
        Endpoint(url=told.url, secrets=told.secrets, enabled_events=["charge.*"])
    )
    await pay(stripe)
    await tape.until("charge.updated")
    assert tape.types == ["charge.succeeded", "charge.updated"]


async def test_what_control_cannot_do_it_says(control: StripeControl) -> None:
    with pytest.raises(Exception, match="No such charge"):
        await control.open_dispute(orders.Dispute(charge="ch_nobody_knows"))
