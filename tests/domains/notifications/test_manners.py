"""Manners: for how long each kind is news, what it replaces, and that nobody else can tell what."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.domains.notifications import manners
from backend.domains.notifications.messages import Notification
from backend.integrations.push_delivery import LIFE_MAX_S, Urgency
from tests.tidy.sources import in_rooms

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
OURS = uuid4()


def notification(kind: str = "mood_shared", **more: Any) -> Notification:
    facts = {
        "notification_id": uuid4(),
        "notification_type": kind,
        "title": "Anna shared a mood",
        "message": "",
        "priority": "normal",
        "relationship_id": OURS,
        "created_at": NOW,
    }
    return Notification(**{**facts, **more})


def topic(found: Notification, collapse_key: str | None = None, secret: str = "secret") -> str:  # noqa: S107 - of nobody
    return manners.delivery_of(found, collapse_key, secret=secret, now=NOW).topic


@pytest.mark.parametrize(
    ("kind", "life"),
    [
        ("checkin_submitted", timedelta(days=1)),
        ("mood_shared", timedelta(hours=12)),
        ("invitation_received", timedelta(days=3)),
        ("challenge_reminder", timedelta(minutes=30)),
        ("something_new", timedelta(days=1)),
    ],
)
def test_a_kind_is_news_for_as_long_as_it_is_worth_a_ring(kind: str, life: timedelta) -> None:
    found = notification(kind)
    assert manners.news_until(found) == NOW + life
    after = manners.delivery_of(found, None, secret="s", now=NOW + timedelta(minutes=10))  # noqa: S106 - of nobody
    assert after.life_s == (life - timedelta(minutes=10)).total_seconds()


def test_nothing_is_news_for_longer_than_push_services_keep_it() -> None:
    lives = [manner.life.total_seconds() for manner in manners._OF_KIND.values()]  # noqa: SLF001
    assert 0 < min(lives) <= max(lives) <= LIFE_MAX_S


def test_every_kind_that_has_manners_of_its_own_is_told_by_some_room() -> None:
    told = {
        kind
        for module in in_rooms()
        for kind in re.findall(r'\bkind="([a-z_]+)"', module.path.read_text(encoding="utf-8"))
    }
    assert set(manners._OF_KIND) <= told  # noqa: SLF001


@pytest.mark.parametrize(
    ("priority", "urgency"),
    [
        ("low", Urgency.LOW),
        ("normal", Urgency.NORMAL),
        ("high", Urgency.HIGH),
        ("urgent", Urgency.HIGH),
    ],
)
def test_how_urgent_it_is_its_priority_says(priority: str, urgency: Urgency) -> None:
    found = notification(priority=priority)
    assert manners.delivery_of(found, None, secret="s", now=NOW).urgency is urgency  # noqa: S106 - of nobody


def test_the_next_of_a_kind_that_collapses_has_the_same_topic_in_the_same_relationship() -> None:
    first = topic(notification())
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", first), "RFC 8030, 5.4"
    assert topic(notification(title="Anna shared another mood")) == first
    assert topic(notification("checkin_submitted")) != first
    assert topic(notification(relationship_id=uuid4())) != first


def test_what_replaces_nothing_has_a_topic_of_its_own_and_keeps_it() -> None:
    coin = notification("coin_received")
    assert topic(coin) == topic(coin)
    assert topic(notification("coin_received")) != topic(coin)
    alone = notification(relationship_id=None)
    assert topic(notification(relationship_id=None)) != topic(alone)


def test_a_room_may_say_itself_what_replaces_what_of_a_kind() -> None:
    first = topic(notification("coin_received"), "purse")
    assert topic(notification("coin_received", relationship_id=None), "purse") == first
    assert topic(notification("coin_received"), "chest") != first
    assert topic(notification("coin_spent"), "purse") != first
    assert topic(notification(), "evening") != topic(notification())


def test_a_topic_reveals_neither_kind_nor_relationship_nor_that_two_people_share_one() -> None:
    found = notification()
    annas, bens = topic(found, secret="annas"), topic(found, secret="bens")  # noqa: S106 - of nobody
    assert annas != bens
    for told in (str(OURS), OURS.hex[:8], "mood", "annas"):
        assert told not in annas
