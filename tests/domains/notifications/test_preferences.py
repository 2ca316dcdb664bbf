"""Preferences: what is muted, when it is quiet, and what a lock screen may show."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from backend.domains.notifications import rules
from backend.domains.notifications.messages import (
    LockScreen,
    Muted,
    Notification,
    Preferences,
    QuietHours,
)
from backend.domains.notifications.rules import Choice
from backend.domains.notifications.store import load_choices
from backend.integrations.web_push import PAYLOAD_BYTES_MAX
from protocol.clients.python.errors import Refused
from protocol.codec import encode_json
from tests.support.couple import Couple, read, snapshot_of
from tests.support.node import Node
from tests.support.verify import until_quiet

NIGHT = QuietHours(begin="22:00", end="07:00")
NAP = QuietHours(begin="13:00", end="14:30")


def notification(**more: Any) -> Notification:
    facts = {
        "notification_id": uuid4(),
        "notification_type": "mood_shared",
        "title": "Anna shared a mood",
        "message": "She feels loved",
        "priority": "normal",
        "relationship_id": None,
        "created_at": datetime(2026, 3, 2, tzinfo=UTC),
    }
    return Notification(**{**facts, **more})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "time_zone", "now", "is_quiet"),
    [
        (NIGHT, "UTC", "2026-03-02T21:59:59", False),
        (NIGHT, "UTC", "2026-03-02T22:00", True),
        (NIGHT, "UTC", "2026-03-03T00:00", True),
        (NIGHT, "UTC", "2026-03-03T06:59:59", True),
        (NIGHT, "UTC", "2026-03-03T07:00", False),
        (NAP, "UTC", "2026-03-02T13:00", True),
        (NAP, "UTC", "2026-03-02T14:30", False),
        (NAP, "UTC", "2026-03-02T23:00", False),
        (NIGHT, "Europe/Berlin", "2026-03-02T21:30", True),
        (NIGHT, "Asia/Kathmandu", "2026-03-02T16:15", True),
        (NIGHT, "Asia/Kathmandu", "2026-03-02T16:14", False),
        # The night the clocks go forward in Berlin: 07:00 there is 05:00 here, an hour sooner.
        (NIGHT, "Europe/Berlin", "2026-03-29T04:59", True),
        (NIGHT, "Europe/Berlin", "2026-03-29T05:00", False),
        (NIGHT, "Nowhere/Land", "2026-03-02T22:00", True),
    ],
)
def test_it_is_quiet_by_the_clock_of_the_person(
    quiet: QuietHours,
    time_zone: str,
    now: str,
    is_quiet: bool,  # noqa: FBT001
) -> None:
    assert rules.is_quiet(quiet, time_zone, at(now)) is is_quiet


def test_what_is_urgent_comes_in_quiet_hours_and_what_is_muted_never() -> None:
    night = at("2026-03-02T23:00")
    quiet = Choice(Preferences(quiet_hours=NIGHT))
    assert not rules.wants_push(quiet, notification(), night)
    assert rules.wants_push(quiet, notification(priority="urgent"), night)
    muted = Choice(Preferences(muted=(Muted(notification_type="mood_shared"),)))
    assert not rules.wants_push(muted, notification(priority="urgent"), night)
    assert rules.wants_push(muted, notification(notification_type="coins"), night)


def test_a_lock_screen_shows_what_its_owner_lets_it() -> None:
    def shown(lock_screen: LockScreen) -> str:
        choice = Choice(Preferences(lock_screen=lock_screen))
        return encode_json(rules.push_text(choice, notification(), "tag")).decode()

    nothing, title, everything = (shown(choice) for choice in LockScreen)
    for private in ("Anna", "loved", "mood"):
        assert private not in nothing
    assert "Anna shared a mood" in title
    assert "loved" not in title
    assert "She feels loved" in everything
    assert Preferences().lock_screen is LockScreen.NOTHING


@pytest.mark.parametrize("letter", ["a", "é", "語", "🫶", '"', "\x01"])
def test_the_longest_notification_fits_into_a_push(letter: str) -> None:
    longest = notification(title=letter * 200, message=letter * 1_000)
    text = rules.push_text(Choice(Preferences(lock_screen=LockScreen.ALL)), longest, "x" * 32)
    payload = encode_json(text)
    assert len(payload) <= PAYLOAD_BYTES_MAX


async def test_a_choice_is_seen_on_every_device_and_kept(couple: Couple) -> None:
    wanted = {
        "lock_screen": "title",
        "quiet_hours": {"begin": "22:00", "end": "07:00"},
        "muted": [{"notification_type": "mood_shared", "channel": "push"}],
    }
    async with couple.phones() as (anna, _), couple.anna.phone() as other_device:
        await other_device.join(couple.anna.address).ready()
        told = await anna.do_alone("notifications.change_preferences", preferences=wanted)
        assert told["preferences"] == wanted
        pushed = await other_device.next_push("notifications.preferences_changed")
        assert pushed.event == told
        # Chosen a second time the row is there already.
        wanted["lock_screen"] = "all"
        await anna.do_alone("notifications.change_preferences", preferences=wanted)
    assert (await read(couple.anna, "/v1/notifications/preferences")).json() == wanted
    state = await snapshot_of(couple.anna, couple.anna.address)
    assert state["notification_preferences"] == wanted


async def test_quiet_hours_follow_a_person_to_another_time_zone(couple: Couple, node: Node) -> None:
    async with couple.anna.phone() as client:
        quiet = {"quiet_hours": {"begin": "22:00", "end": "07:00"}}
        await client.ask({"type": "notifications.change_preferences", "preferences": quiet})
        await client.ask({"type": "identity.change_profile", "time_zone": "Asia/Tokyo"})
    await until_quiet(node)
    choices = await load_choices([couple.anna.user_id])
    assert choices[couple.anna.user_id].time_zone == "Asia/Tokyo"


async def test_what_makes_no_sense_is_refused(couple: Couple) -> None:
    too_many = [{"notification_type": f"kind_{n}"} for n in range(101)]
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"quiet_hours": {"begin": "22:00", "end": "22:00"}}, "notifications.quiet_hours_empty"),
        ({"quiet_hours": {"begin": "24:00", "end": "07:00"}}, "invalid"),
        ({"quiet_hours": {"begin": "7:00", "end": "08:00"}}, "invalid"),
        ({"lock_screen": "everything"}, "invalid"),
        ({"muted": [{"notification_type": "Mood Shared"}]}, "invalid"),
        ({"muted": too_many}, "invalid"),
        ({"muted": [{"notification_type": "x", "channel": "pigeon"}]}, "invalid"),
    ]
    async with couple.anna.phone() as client:
        for preferences, code in wrong:
            with pytest.raises(Refused) as refused:
                await client.ask(
                    {"type": "notifications.change_preferences", "preferences": preferences}
                )
            assert refused.value.code == code, preferences
    shown = await read(couple.anna, "/v1/notifications/preferences")
    assert shown.json() == {"lock_screen": "nothing", "quiet_hours": None, "muted": []}
