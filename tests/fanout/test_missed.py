"""What was changed or taken back is not told again as it was, and leaves no hole."""

from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID, uuid4

import msgspec

from backend.fanout.missed import as_told_today
from backend.persistence.event_log import Logged
from protocol.messages import Event

AT = datetime(2026, 3, 2, tzinfo=UTC)


class Said(Event, frozen=True, tag="test.said"):
    """Somebody said something."""

    about: ClassVar = "word.id"
    word: dict[str, str]


class Unsaid(Event, frozen=True, tag="test.unsaid"):
    """Somebody took it back."""

    about: ClassVar = "word_id"
    withdraws: ClassVar = True
    word_id: UUID


class Hidden(Event, frozen=True, tag="test.hidden"):
    """Nothing that was said before may be seen any more."""

    withdraws: ClassVar = True


class Sighed(Event, frozen=True, tag="test.sighed"):
    """Somebody sighed, about nothing."""


EVENTS: dict[str, type[Event]] = {
    "test.said": Said,
    "test.unsaid": Unsaid,
    "test.hidden": Hidden,
    "test.sighed": Sighed,
}


def said(word_id: UUID) -> Said:
    return Said(word={"id": str(word_id), "text": "Hm."})


def told(*events: Event) -> list[tuple[int, dict[str, str]]] | None:
    logged = [
        Logged(number, AT, msgspec.json.encode(event)) for number, event in enumerate(events, 7)
    ]
    found = as_told_today(logged, 2, EVENTS)
    if found is None:
        return None
    return [(event.number, msgspec.json.decode(event.body)) for event in found]


def types(*events: Event) -> list[str]:
    found = told(*events)
    assert found is not None
    assert [number for number, _ in found] == list(range(7, 7 + len(events)))
    return [body["type"] for _, body in found]


def test_what_was_never_changed_is_told_as_it_was() -> None:
    assert types(said(uuid4()), Sighed(), said(uuid4())) == [
        "test.said",
        "test.sighed",
        "test.said",
    ]


def test_what_was_taken_back_says_where() -> None:
    word_id, other = uuid4(), uuid4()
    found = told(said(word_id), said(other), Sighed(), Unsaid(word_id=word_id))
    assert found is not None
    assert found[0] == (7, {"type": "events.withdrawn", "by": "2.10"})
    assert [body["type"] for _, body in found[1:]] == ["test.said", "test.sighed", "test.unsaid"]


def test_what_is_said_again_after_it_was_taken_back_is_told() -> None:
    word_id = uuid4()
    events = (said(word_id), Unsaid(word_id=word_id), said(word_id))
    assert types(*events) == ["events.withdrawn", "test.unsaid", "test.said"]


def test_of_several_changes_only_the_last_is_told() -> None:
    word_id = uuid4()
    events = (said(word_id), Unsaid(word_id=word_id), Unsaid(word_id=word_id))
    assert types(*events) == ["events.withdrawn", "events.withdrawn", "test.unsaid"]


def test_a_change_of_everything_calls_for_a_snapshot() -> None:
    assert told(said(uuid4()), Hidden()) is None


def test_an_event_of_an_older_version_is_told_as_it_was() -> None:
    logged = [Logged(1, AT, b'{"type":"test.forgotten"}')]
    assert as_told_today(logged, 1, EVENTS) == logged
