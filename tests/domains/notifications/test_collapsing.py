"""Collapsing: of several pushes about one thing the last counts, while it is worth anything."""

import pytest

from backend.domains.notifications import manners
from tests.domains.notifications.push_service import PushService
from tests.domains.notifications.sending import told_with
from tests.domains.notifications.test_inbox import ids_of, inbox_of
from tests.domains.notifications.test_pushing import (
    away,
    choose,
    share_mood,
    until_no_job_waits,
    worker,
)
from tests.support.clock import FakeClock
from tests.support.couple import Couple
from tests.support.http_service import Answer

__all__ = ["worker"]

pytestmark = pytest.mark.usefixtures("worker")


async def share_another(couple: Couple, clock: FakeClock) -> None:
    """Have Anna share a mood a second after what came before: only then it is the newer one."""
    await clock.advance(seconds=1)
    await share_mood(couple)


async def test_a_second_mood_takes_the_place_of_the_first_on_each_phone_for_itself(
    couple: Couple, service: PushService, clock: FakeClock
) -> None:
    await away(couple, service, "phone", "laptop")
    for count in (2, 4):
        await share_another(couple, clock)
        await service.until(count)
    topics = {
        path: {message.topic for message in service.received if message.path == path}
        for path in ("/push/phone", "/push/laptop")
    }
    assert [len(of_one) for of_one in topics.values()] == [1, 1]
    assert not topics["/push/phone"] & topics["/push/laptop"]
    assert all(message.message["tag"] == message.topic for message in service.received)


async def test_what_replaces_nothing_waits_beside_the_others(
    couple: Couple, service: PushService, clock: FakeClock
) -> None:
    await away(couple, service, "phone")
    with told_with(kind="coin_received"):
        for count in (1, 2):
            await share_mood(couple)
            await service.until(count)
    first, second = service.received
    assert first.topic != second.topic
    with told_with(kind="coin_received", collapse_key="purse"):
        for count in (3, 4):
            await share_another(couple, clock)
            await service.until(count)
    *_, third, fourth = service.received
    assert third.topic == fourth.topic
    assert len({message.message["tag"] for message in service.received}) == 3


@pytest.mark.parametrize("facts", [{}, {"kind": "coin_received", "collapse_key": "purse"}])
async def test_a_push_that_was_put_off_does_not_take_the_place_of_a_newer_one(
    couple: Couple, service: PushService, clock: FakeClock, facts: dict[str, str]
) -> None:
    await away(couple, service, "phone")
    service.answers = [Answer(503)]
    with told_with(**facts):
        await share_mood(couple)
        await service.until_asked(1)
        await share_another(couple, clock)
    (newer,) = await service.until(1)
    await clock.advance(minutes=1)
    await until_no_job_waits(couple)
    assert service.requests == 2
    assert newer.message["notification_id"] == ids_of(await inbox_of(couple.ben))[0]


async def test_a_push_that_was_put_off_comes_where_the_newer_one_is_about_something_else(
    couple: Couple, service: PushService
) -> None:
    await away(couple, service, "phone")
    service.answers = [Answer(503)]
    await share_mood(couple)
    await service.until_asked(1)
    with told_with(kind="coin_received"):
        await share_mood(couple)
    await service.until(2)
    await until_no_job_waits(couple)
    told = {message.message["notification_id"] for message in service.received}
    assert told == set(ids_of(await inbox_of(couple.ben, limit=2)))


async def test_a_phone_is_told_how_urgent_it_is_and_for_how_long_it_is_news(
    couple: Couple, service: PushService
) -> None:
    await away(couple, service, "phone")
    await share_mood(couple)
    await service.until(1)
    with told_with(priority="urgent", kind="challenge_reminder"):
        await share_mood(couple)
    usual, reminder = await service.until(2)
    assert (usual.urgency, usual.ttl_s) == ("normal", 12 * 3_600)
    assert (reminder.urgency, reminder.ttl_s) == ("high", 30 * 60)


async def test_a_push_that_comes_later_is_worth_less_long(
    couple: Couple, service: PushService, clock: FakeClock
) -> None:
    await away(couple, service, "phone")
    service.answers = [Answer(503)]
    with told_with(kind="challenge_reminder"):
        await share_mood(couple)
    await service.until_asked(1)
    await clock.jump(minutes=10)
    (received,) = await service.until(1)
    assert received.ttl_s == 20 * 60


async def test_a_reminder_that_could_not_be_brought_in_time_is_not_brought_at_all(
    couple: Couple, service: PushService, clock: FakeClock
) -> None:
    await away(couple, service, "phone")
    service.answers = [Answer(503)]
    with told_with(kind="challenge_reminder"):
        await share_mood(couple)
    await service.until_asked(1)
    await clock.jump(seconds=manners.manner_of("challenge_reminder").life.total_seconds())
    await until_no_job_waits(couple)
    assert service.received == []
    assert service.requests == 1


async def test_what_a_phone_shows_is_replaced_under_its_tag_whatever_it_lets_be_seen(
    couple: Couple, service: PushService, clock: FakeClock
) -> None:
    await away(couple, service, "phone")
    await share_mood(couple)
    await service.until(1)
    await choose(couple, lock_screen="all")
    await away(couple, service)
    await share_another(couple, clock)
    hidden, shown = await service.until(2)
    assert hidden.message["title"] != shown.message["title"]
    assert hidden.message["tag"] == shown.message["tag"]
