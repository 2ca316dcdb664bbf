"""Web Push: encrypted for one browser, signed by us, and each answer taken as it is meant."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
import pytest

from backend.integrations import web_push as module
from backend.integrations.push_answer import PushEnd
from backend.integrations.push_delivery import LIFE_MAX_S, Delivery, Urgency
from backend.integrations.vapid import VapidKeys, WebPushSettings, generate_vapid_keys
from backend.integrations.web_push import PAYLOAD_BYTES_MAX, WebPush
from tests.domains.notifications.push_service import PushService
from tests.domains.notifications.sending import sender
from tests.support.http_service import Answer

HELLO = b'{"title":"hello"}'


async def test_a_message_is_read_by_its_browser_alone_and_says_who_sent_it(
    service: PushService, web_push: WebPush, keys: VapidKeys
) -> None:
    phone = service.phone("annas")
    pushed = await web_push.send(phone.subscription, HELLO)
    assert pushed.end is PushEnd.DELIVERED
    (received,) = service.received
    assert received.message == {"title": "hello"}
    assert received.claims["sub"] == "mailto:push@example.org"
    assert received.claims["exp"] - time.time() < 24 * 3_600
    assert received.public_key == keys.public_key
    assert b"hello" not in phone.key.private_numbers().private_value.to_bytes(32)


async def test_a_push_service_is_told_how_urgent_it_is_how_long_it_lasts_and_what_it_replaces(
    service: PushService, web_push: WebPush
) -> None:
    kept = service.phone("annas").subscription
    for delivery in (
        Delivery(),
        Delivery(urgency=Urgency.HIGH, life_s=61.9, topic="A-topic_1"),
        Delivery(life_s=-3.0),
        Delivery(life_s=9_999_999_999.0),
    ):
        await web_push.send(kept, HELLO, delivery)
    usual, chosen, past, endless = service.received
    assert (usual.urgency, usual.ttl_s, usual.topic) == ("normal", 24 * 3_600, "")
    assert (chosen.urgency, chosen.ttl_s, chosen.topic) == ("high", 61, "A-topic_1")
    assert (past.ttl_s, endless.ttl_s) == (0, LIFE_MAX_S)


async def test_each_browser_is_pushed_to_with_the_key_it_subscribed_with(
    service: PushService, keys: VapidKeys
) -> None:
    new, strangers = generate_vapid_keys(), generate_vapid_keys()
    old_phone = service.phone("annas").subscription
    new_phone = service.phone("bens", public_key=new.public_key).subscription
    other_phone = service.phone("carlas", public_key=strangers.public_key).subscription
    async with sender(new, keys) as rotated:
        for kept in (old_phone, new_phone):
            assert (await rotated.send(kept, HELLO)).end is PushEnd.DELIVERED
        retired = await rotated.send(other_phone, HELLO)
    assert [message.public_key for message in service.received] == [keys.public_key, new.public_key]
    assert (retired.end, retired.why) == (PushEnd.KEY_RETIRED, "its key is in none of the settings")
    assert service.requests == 2


async def test_a_push_service_turns_away_who_signs_with_another_key(
    service: PushService, web_push: WebPush, keys: VapidKeys
) -> None:
    subscribed = service.phone("annas", public_key=generate_vapid_keys().public_key).subscription
    mistaken = msgspec.structs.replace(subscribed, public_key=keys.public_key)
    pushed = await web_push.send(mistaken, HELLO)
    assert (pushed.end, pushed.why) == (PushEnd.REFUSED, "the push service answered 403")


@pytest.mark.parametrize(
    ("status", "end"),
    [
        (201, PushEnd.DELIVERED),
        (204, PushEnd.DELIVERED),
        (301, PushEnd.REFUSED),
        (307, PushEnd.REFUSED),
        (400, PushEnd.REFUSED),
        (401, PushEnd.REFUSED),
        (403, PushEnd.REFUSED),
        (404, PushEnd.GONE),
        (410, PushEnd.GONE),
        (413, PushEnd.TOO_LONG),
        (429, PushEnd.LATER),
        (500, PushEnd.LATER),
        (503, PushEnd.LATER),
    ],
)
async def test_each_answer_means_what_it_says(
    service: PushService, web_push: WebPush, status: int, end: PushEnd
) -> None:
    service.answers = [Answer(status, {"location": f"{service.url}/elsewhere"})]
    pushed = await web_push.send(service.phone("annas").subscription, HELLO)
    assert pushed.end is end
    assert service.requests == 1, "a redirect is not followed, and nothing is sent twice"


@pytest.mark.parametrize(
    ("told", "after_s"),
    [
        ("120", 120),
        ("0", 0),
        ("-5", 0),
        ("99999999999999999999", 3_600),
        ("soon", 0),
        ("", 0),
        (timedelta(seconds=600), 600),
        (timedelta(days=-9), 0),
        (timedelta(days=9), 3_600),
    ],
)
async def test_a_push_service_that_wants_less_is_waited_for_within_limits(
    service: PushService, web_push: WebPush, told: str | timedelta, after_s: float
) -> None:
    if isinstance(told, timedelta):
        told = format_datetime(datetime.now(UTC) + told, usegmt=True)
    service.answers = [Answer(429, {"retry-after": told})]
    pushed = await web_push.send(service.phone("annas").subscription, HELLO)
    assert pushed.end is PushEnd.LATER
    assert pushed.after_s == pytest.approx(after_s, abs=60)


async def test_a_silent_push_service_is_left_after_a_while(
    service: PushService, web_push: WebPush, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WITHIN_S", 0.2)
    service.answers = [Answer(is_silent=True)]
    pushed = await web_push.send(service.phone("annas").subscription, HELLO)
    assert (pushed.end, pushed.why) == (PushEnd.LATER, "no answer in time")


async def test_an_answer_without_end_is_not_read_to_its_end(
    service: PushService, web_push: WebPush
) -> None:
    service.answers = [Answer(is_endless=True)]
    async with asyncio.timeout(5):
        pushed = await web_push.send(service.phone("annas").subscription, HELLO)
    assert pushed.end is PushEnd.DELIVERED


async def test_a_push_service_that_is_away_is_tried_later(
    service: PushService, web_push: WebPush
) -> None:
    kept = service.phone("annas").subscription
    nobody = msgspec.structs.replace(kept, endpoint="http://127.0.0.1:1/push/annas")
    assert (await web_push.send(nobody, HELLO)).end is PushEnd.LATER


async def test_what_cannot_be_sent_is_known_before_anything_is_sent(
    service: PushService, web_push: WebPush
) -> None:
    kept = service.phone("annas").subscription
    too_long = await web_push.send(kept, b"x" * (PAYLOAD_BYTES_MAX + 1))
    assert too_long.end is PushEnd.TOO_LONG
    longest = await web_push.send(kept, b'"' + b"x" * (PAYLOAD_BYTES_MAX - 2) + b'"')
    assert longest.end is PushEnd.DELIVERED
    no_keys = msgspec.structs.replace(kept, p256dh="AAAA")
    assert (await web_push.send(no_keys, HELLO)).end is PushEnd.REFUSED
    # Another worker may have a key; that this one has none says nothing of the subscription.
    without_key = WebPush(WebPushSettings(allows_loopback=True))
    assert (await without_key.send(kept, HELLO)).end is PushEnd.LATER
    assert service.requests == 1


def test_what_opens_the_way_to_a_phone_is_never_shown(service: PushService) -> None:
    kept = service.phone("annas").subscription
    shown = repr(kept)
    assert not any(secret in shown for secret in (kept.endpoint, kept.p256dh, kept.auth))
