"""Web Push: encrypted for one browser, signed by us, and each answer taken as it is meant."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from backend.integrations import web_push as module
from backend.integrations.vapid import (
    VapidKeys,
    VapidKeyWrong,
    WebPushSettings,
    generate_vapid_keys,
    public_key_of,
)
from backend.integrations.web_push import (
    PAYLOAD_BYTES_MAX,
    PushEnd,
    Subscription,
    Urgency,
    WebPush,
)
from tests.domains.notifications.push_service import PushService
from tests.support.http_service import Answer

HELLO = b'{"title":"hello"}'


async def test_a_message_is_read_by_its_browser_alone_and_says_who_sent_it(
    service: PushService, web_push: WebPush, keys: VapidKeys
) -> None:
    phone = service.phone("annas")
    pushed = await web_push.send(phone.subscription, HELLO, Urgency.HIGH)
    assert pushed.end is PushEnd.DELIVERED
    (received,) = service.received
    assert received.message == {"title": "hello"}
    assert received.claims["sub"] == "mailto:push@example.org"
    assert received.claims["exp"] - time.time() < 24 * 3_600
    assert received.headers["authorization"].endswith(f"k={keys.public_key}")
    assert received.headers["urgency"] == "high"
    assert int(received.headers["ttl"]) > 0
    assert b"hello" not in phone.key.private_numbers().private_value.to_bytes(32)


@pytest.mark.parametrize(
    ("status", "end"),
    [
        (201, PushEnd.DELIVERED),
        (204, PushEnd.DELIVERED),
        (301, PushEnd.REFUSED),
        (307, PushEnd.REFUSED),
        (400, PushEnd.REFUSED),
        (403, PushEnd.REFUSED),
        (404, PushEnd.GONE),
        (410, PushEnd.GONE),
        (413, PushEnd.REFUSED),
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
    nobody = Subscription("http://127.0.0.1:1/push/annas", kept.p256dh, kept.auth)
    assert (await web_push.send(nobody, HELLO)).end is PushEnd.LATER


async def test_what_cannot_be_sent_is_refused_before_anything_is_sent(
    service: PushService, web_push: WebPush
) -> None:
    kept = service.phone("annas").subscription
    too_long = await web_push.send(kept, b"x" * (PAYLOAD_BYTES_MAX + 1))
    assert too_long.end is PushEnd.REFUSED
    longest = await web_push.send(kept, b'"' + b"x" * (PAYLOAD_BYTES_MAX - 2) + b'"')
    assert longest.end is PushEnd.DELIVERED
    no_keys = Subscription(kept.endpoint, "AAAA", kept.auth)
    assert (await web_push.send(no_keys, HELLO)).end is PushEnd.GONE
    without_key = WebPush(WebPushSettings(allows_loopback=True))
    assert (await without_key.send(kept, HELLO)).end is PushEnd.REFUSED
    assert service.requests == 1


def test_a_private_key_has_its_public_half() -> None:
    made = generate_vapid_keys()
    assert public_key_of(made.private_key) == made.public_key
    assert generate_vapid_keys() != made


@pytest.mark.parametrize("wrong", ["", "x", "not a key", "A" * 42, "A" * 43, "é" * 43])
def test_what_is_no_key_is_said_to_be_none(wrong: str) -> None:
    with pytest.raises(VapidKeyWrong, match="32 bytes"):
        public_key_of(wrong)
