"""Rotation: a deployment takes a new key, and nobody who has the old one is left out."""

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from backend.domains import identity
from backend.domains.notifications.jobs import note_keys
from backend.integrations.vapid import VapidKeys, generate_vapid_keys
from backend.integrations.web_push import WebPush
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from tests.domains.notifications.push_service import PushService
from tests.domains.notifications.sending import pushing_worker, sender
from tests.domains.notifications.test_inbox import until_gone
from tests.domains.notifications.test_pushing import nothing_waits, share_mood, until_no_job_waits
from tests.domains.notifications.test_subscriptions import kept_by, subscribe
from tests.support.clock import FakeClock
from tests.support.couple import Couple, read
from tests.support.node import Node
from tests.support.people import VISITOR, Person
from tests.support.servers import Servers

NEW = generate_vapid_keys()
PAGE = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## A new key for Web Push")[2]
(WHO_HAS_WHICH,) = re.findall(r"```sql\n\s*(SELECT public_key.*?);\n", SECTION)
(WHO_HAS_NONE,) = re.findall(r"`(SELECT count.*?public_key IS NULL)`", SECTION)
"""What the page for those who run a deployment has them ask."""


@dataclass
class Deployment:
    """An API and workers whose keys are rotated under Anna and Ben."""

    couple: Couple
    laptop: Person
    """Ben on another device: a session of its own."""
    servers: Servers
    clock: FakeClock
    keys: tuple[VapidKeys, ...]

    @property
    def ben(self) -> Person:
        """Ben with his phone."""
        return self.couple.ben

    def configure(self, *keys: VapidKeys) -> None:
        """Restart the API with these keys, the one at hand first."""
        self.keys = keys
        current, *former = keys
        node = self.couple.ben.node
        node.house.settings = msgspec.structs.replace(
            node.house.settings,
            vapid_private_key=current.private_key,
            vapid_former_private_keys=" ".join(pair.private_key for pair in former),
        )

    async def push(self) -> list[Any]:
        """Have Anna share a mood, and a worker push it; returns what was logged of it."""
        await until_gone(self.ben.node, self.ben)
        await self.clock.advance(seconds=1)
        with structlog.testing.capture_logs() as lines:
            async with (
                sender(*self.keys) as web_push,
                pushing_worker(self.servers, self.clock, web_push),
            ):
                await share_mood(self.couple)
                await until_no_job_waits(self.couple)
        return lines

    async def is_current(self) -> list[bool]:
        """Say of Ben's browsers whether they have the key at hand; those that have it first."""
        return sorted((one["is_current_key"] for one in await kept_by(self.ben)), reverse=True)


@pytest.fixture
async def deployment(
    couple: Couple, servers: Servers, clock: FakeClock, keys: VapidKeys, pushing_node: Node
) -> Deployment:
    """A deployment with one key; nothing of other tests is to be done."""
    await nothing_waits(servers)
    room = pushing_node.app.state.identity
    pair = await identity.open_session(room, couple.ben.user_id, VISITOR)
    laptop = dataclasses.replace(couple.ben, token=pair.access_token)
    return Deployment(couple, laptop, servers, clock, (keys,))


def of(kept: list[dict[str, Any]], *, here: bool) -> dict[str, Any]:
    """Find the one of the device that asks, or the one of the other."""
    (found,) = [one for one in kept if one["is_here"] is here]
    return found


async def test_old_and_new_are_pushed_to_until_the_old_one_has_subscribed_anew(
    deployment: Deployment, service: PushService, keys: VapidKeys
) -> None:
    phone, laptop = deployment.ben, deployment.laptop
    await subscribe(phone, service.phone("phone").as_json)

    # The key is rotated; a device that comes now subscribes with the new one.
    deployment.configure(NEW, keys)
    assert (await read(laptop, "/v1/push/key")).json() == {"public_key": NEW.public_key}
    told = await subscribe(laptop, service.phone("laptop", public_key=NEW.public_key).with_key)
    assert told.json()["is_current_key"] is True
    await deployment.push()
    assert {message.path: message.public_key for message in service.received} == {
        "/push/phone": keys.public_key,
        "/push/laptop": NEW.public_key,
    }

    counted = {row["public_key"]: row["count"] for row in await fetch(WHO_HAS_WHICH)}
    assert counted == {keys.public_key: 1, NEW.public_key: 1}

    # The phone is told that it is behind, and subscribes anew: that is another endpoint.
    kept = await kept_by(phone)
    assert of(kept, here=True)["is_current_key"] is False
    assert of(kept, here=False)["is_current_key"] is True
    await subscribe(phone, service.phone("phone-anew", public_key=NEW.public_key).with_key)
    assert await deployment.is_current() == [True, True], "it took the place of the old one alone"

    # The old key is dropped, and nobody misses it.
    deployment.configure(NEW)
    service.received.clear()
    await deployment.push()
    assert {message.path for message in service.received} == {"/push/phone-anew", "/push/laptop"}
    assert service.turned_away == []


async def test_who_never_subscribed_anew_is_not_pushed_to_with_a_key_that_was_given_up(
    deployment: Deployment, service: PushService, keys: VapidKeys
) -> None:
    phone = service.phone("phone")
    await subscribe(deployment.ben, phone.as_json)
    deployment.configure(NEW)
    lines = await deployment.push()
    (line,) = [line for line in lines if line["event"] == "a push subscription was revoked"]
    assert (line["reason"], line["why"]) == ("key_retired", "its key is in none of the settings")
    assert service.requests == 0
    (kept,) = await kept_by(deployment.ben)
    assert (kept["revoke_reason"], kept["is_current_key"]) == ("key_retired", False)

    # Sent again it is of no use, and its page is told what is.
    for again in (phone.as_json, phone.with_key):
        answer = await subscribe(deployment.ben, again)
        assert answer.status_code == 422
        assert answer.json()["code"] == "notifications.push_key_unknown"

    # A key that was given up too soon can be taken back.
    deployment.configure(NEW, keys)
    assert (await subscribe(deployment.ben, phone.as_json)).status_code == 201
    await deployment.push()
    assert len(service.received) == 1


async def test_a_page_that_sends_its_old_subscription_at_every_start_keeps_its_old_key(
    deployment: Deployment, service: PushService, keys: VapidKeys
) -> None:
    phone = service.phone("phone")
    await subscribe(deployment.ben, phone.as_json)
    deployment.configure(NEW, keys)
    for again in (phone.as_json, phone.with_key):
        told = await subscribe(deployment.ben, again)
        assert (told.status_code, told.json()["is_current_key"]) == (201, False)
        await deployment.push()
    assert [message.public_key for message in service.received] == [keys.public_key] * 2


async def test_a_browser_may_say_that_it_subscribed_with_a_former_key(
    deployment: Deployment, service: PushService, keys: VapidKeys
) -> None:
    """It had read the key just before the API was replaced by one with another."""
    deployment.configure(NEW, keys)
    phone = service.phone("phone")
    told = await subscribe(deployment.ben, phone.with_key)
    assert told.json()["is_current_key"] is False
    padded = {**phone.as_json, "applicationServerKey": f"{NEW.public_key}="}
    assert (await subscribe(deployment.ben, padded)).json()["is_current_key"] is True
    for wrong in ("", "x" * 86, NEW.private_key):
        answer = await subscribe(deployment.ben, {**phone.as_json, "applicationServerKey": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


class TestFromBefore:
    """A browser was kept before keys were noted: there was but one then."""

    @pytest.fixture(autouse=True)
    async def from_before(self, deployment: Deployment, service: PushService) -> None:
        """Have Ben's phone be such a one."""
        await subscribe(deployment.ben, service.phone("phone").as_json)
        forget = "UPDATE push_subscription SET public_key = NULL WHERE user_id = $1"
        await fetch(forget, deployment.ben.user_id)

    async def test_it_was_made_with_the_eldest_key(
        self, deployment: Deployment, service: PushService, keys: VapidKeys
    ) -> None:
        assert await deployment.is_current() == [True]
        deployment.configure(NEW, keys)
        assert await deployment.is_current() == [False]
        await deployment.push()
        told = await subscribe(deployment.ben, service.phone("phone").as_json)
        assert told.json()["is_current_key"] is False
        assert [message.public_key for message in service.received] == [keys.public_key]

    async def test_its_key_is_written_down_so_that_the_order_of_keys_means_nothing_any_more(
        self, deployment: Deployment, service: PushService, keys: VapidKeys, clock: FakeClock
    ) -> None:
        for at_work in ([], [keys]):
            (row,) = await fetch(WHO_HAS_NONE)
            assert row["count"] == 1
            async with sender(*at_work) as web_push:
                await note_keys(JobRun(None, clock=clock, services={WebPush: web_push}))
        (row,) = await fetch(WHO_HAS_NONE)
        assert row["count"] == 0
        deployment.configure(NEW, keys, generate_vapid_keys())
        assert await deployment.is_current() == [False]
        await deployment.push()
        assert [message.public_key for message in service.received] == [keys.public_key]

    async def test_a_device_that_subscribes_anew_leaves_it_behind_only_after_a_rotation(
        self, deployment: Deployment, service: PushService, keys: VapidKeys
    ) -> None:
        await subscribe(deployment.ben, service.phone("another").as_json)
        assert await deployment.is_current() == [True, True]
        deployment.configure(NEW, keys)
        anew = service.phone("anew", public_key=NEW.public_key)
        await subscribe(deployment.laptop, anew.with_key)
        assert await deployment.is_current() == [True, False, False], "that is another device"
        await subscribe(deployment.ben, anew.with_key)
        assert await deployment.is_current() == [True]
