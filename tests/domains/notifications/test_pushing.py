"""Pushing: Anna acts while Ben is away, and Ben's phone rings, once, with what he lets it show."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from backend.domains import identity
from backend.domains.notifications.jobs import forget_read
from backend.integrations.web_push import WebPush
from backend.jobs.worker import JobWorker
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from tests.domains.notifications.push_service import PushService
from tests.domains.notifications.sending import pushing_worker
from tests.domains.notifications.test_inbox import MOOD, inbox_of, until_gone
from tests.domains.notifications.test_subscriptions import kept_by, subscribe
from tests.jobs.workshop import until
from tests.support.clock import FakeClock
from tests.support.couple import Couple
from tests.support.http_service import Answer
from tests.support.node import Node
from tests.support.servers import Servers


@pytest.fixture
async def worker(
    servers: Servers, clock: FakeClock, web_push: WebPush, pushing_node: Node
) -> AsyncIterator[JobWorker]:
    """A worker with the jobs of all rooms, beside the node; nothing waits in the outbox."""
    del pushing_node
    await nothing_waits(servers)
    async with pushing_worker(servers, clock, web_push) as running:
        yield running


async def nothing_waits(servers: Servers) -> None:
    """Forget what other tests left to be done, and whom they pushed to."""
    owner = await asyncpg.connect(servers.urls.owner)
    await owner.execute("TRUNCATE job, push_subscription")
    await owner.close()


async def away(couple: Couple, service: PushService, *browsers: str) -> None:
    """Have Ben subscribe with his browsers, and close his sockets."""
    for browser in browsers:
        assert (await subscribe(couple.ben, service.phone(browser).as_json)).status_code == 201
    await until_gone(couple.ben.node, couple.ben)


async def share_mood(couple: Couple) -> None:
    """Have Anna share a mood."""
    async with couple.anna.phone() as client:
        await client.ask({"type": "moods.log", **MOOD}, to=couple.address)


async def choose(couple: Couple, **preferences: Any) -> None:
    """Have Ben choose what he wants of pushes."""
    async with couple.ben.phone() as client:
        await client.ask({"type": "notifications.change_preferences", "preferences": preferences})


async def until_no_job_waits(couple: Couple) -> None:
    """Wait until all that was to be pushed to Ben has been dealt with."""

    async def none() -> bool:
        return not await fetch(
            "SELECT 1 FROM job WHERE arguments->>'user_id' = $1", str(couple.ben.user_id)
        )

    await until(none)


async def test_who_is_away_is_pushed_to_on_every_browser_once(
    couple: Couple, service: PushService, worker: JobWorker
) -> None:
    del worker
    await choose(couple, lock_screen="title")
    await away(couple, service, "phone", "laptop")
    await share_mood(couple)
    received = await service.until(2)
    assert {message.path for message in received} == {"/push/phone", "/push/laptop"}
    assert {message.message["title"] for message in received} == {"Anna shared a mood"}
    newest = (await inbox_of(couple.ben))["items"][0]["notification"]
    assert {message.message["notification_id"] for message in received} == {
        newest["notification_id"]
    }
    await until_no_job_waits(couple)
    assert service.requests == 2
    assert all(kept["pushed_at"] is not None for kept in await kept_by(couple.ben))


async def test_a_lock_screen_tells_nothing_unless_its_owner_said_so(
    couple: Couple, service: PushService, worker: JobWorker
) -> None:
    del worker
    await away(couple, service, "phone")
    await share_mood(couple)
    (received,) = await service.until(1)
    assert received.message["title"] == "Tandem"
    assert set(received.message) == {"notification_id", "title", "message", "tag"}
    assert "Anna" not in str(received.message)


async def test_what_is_muted_or_comes_in_quiet_hours_rings_nowhere(
    couple: Couple, service: PushService, worker: JobWorker
) -> None:
    del worker
    await away(couple, service, "phone")
    # It is ten in the morning in Berlin.
    for wanted in (
        {"muted": [{"notification_type": "mood_shared"}]},
        {"quiet_hours": {"begin": "09:59", "end": "10:01"}},
    ):
        await choose(couple, **wanted)
        await until_gone(couple.ben.node, couple.ben)
        await share_mood(couple)
        await until_no_job_waits(couple)
    assert service.requests == 0
    assert (await inbox_of(couple.ben))["unread"] >= 2


async def test_what_was_read_meanwhile_is_not_pushed(
    couple: Couple, service: PushService, worker: JobWorker, clock: FakeClock
) -> None:
    del worker
    service.answers = [Answer(503)]
    await away(couple, service, "phone")
    await share_mood(couple)
    await service.until_asked(1)
    async with couple.phones() as (_, ben):
        await ben.do_alone("notifications.mark_all_read")
        await ben.hears("notifications.unread_changed")
    await clock.advance(minutes=1)
    await until_no_job_waits(couple)
    assert service.received == []


@pytest.mark.parametrize("how", ["relationships.leave", "relationships.block"])
async def test_what_was_told_before_a_relationship_ended_is_not_pushed_after_it(
    couple: Couple, service: PushService, worker: JobWorker, clock: FakeClock, how: str
) -> None:
    del worker
    service.answers = [Answer(503)]
    await away(couple, service, "phone")
    await share_mood(couple)
    await service.until_asked(1)
    async with couple.anna.phone() as client:
        await client.ask({"type": how}, to=couple.address)
    await clock.advance(minutes=1)
    await until_no_job_waits(couple)
    assert (service.requests, service.received) == (1, [])


async def test_a_push_service_that_is_away_is_tried_again(
    couple: Couple, service: PushService, worker: JobWorker
) -> None:
    del worker
    service.answers = [Answer(503), Answer(429, {"retry-after": "1"})]
    await away(couple, service, "phone")
    await share_mood(couple)
    await service.until(1)
    assert service.requests == 3
    await until_no_job_waits(couple)


async def test_a_browser_that_signed_out_is_not_pushed_to(
    couple: Couple, service: PushService, worker: JobWorker
) -> None:
    del worker
    await away(couple, service, "phone")
    await identity.end_sessions(couple.ben.node.app.state.identity, couple.ben.user_id)
    await share_mood(couple)
    await until_no_job_waits(couple)
    assert service.requests == 0
    assert not await fetch("SELECT 1 FROM push_subscription WHERE user_id = $1", couple.ben.user_id)


async def test_what_is_a_day_old_rings_no_phone(
    couple: Couple, service: PushService, worker: JobWorker, clock: FakeClock
) -> None:
    del worker
    service.answers = [Answer(503), Answer(503)]
    await away(couple, service, "phone")
    await share_mood(couple)
    await service.until_asked(1)
    await fetch(
        "UPDATE notification SET created_at = $2 WHERE user_id = $1",
        couple.ben.user_id,
        clock.now() - timedelta(hours=25),
    )
    await until_no_job_waits(couple)
    assert service.received == []
    assert service.requests == 1


async def test_read_notifications_are_forgotten_after_half_a_year_and_unread_ones_kept(
    couple: Couple, clock: FakeClock
) -> None:
    async with couple.phones() as (anna, ben):
        for _ in range(2):
            await anna.do("moods.log", **MOOD)
            await ben.hears("notifications.arrived")
        newest = (await inbox_of(couple.ben))["items"][0]["notification"]["notification_id"]
        await ben.do_alone("notifications.mark_read", notification_ids=[newest])
        await ben.hears("notifications.unread_changed")
    before = (await inbox_of(couple.ben))["items"]
    run = JobRun(None, clock=clock, services={})
    await forget_read(run)
    assert (await inbox_of(couple.ben))["items"] == before
    later = FakeClock(clock.now() + timedelta(days=181))
    await forget_read(JobRun(None, clock=later, services={}))
    kept = (await inbox_of(couple.ben))["items"]
    assert kept == [item for item in before if item["read_at"] is None]
