"""Ids, positions, addresses, marks, refusals: the small words of the language."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, get_args
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect as shapes

from backend.language import language
from protocol.address import address_of, key_of, kind_of, users_address
from protocol.frames import ClientFrame
from protocol.ids import made_at_ms, uuid7
from protocol.marks import PRIVATE, SECRET, marks_of, without_private
from protocol.messages import Command
from protocol.position import NUMBER_MAX, Position
from protocol.refusals import Refusal
from protocol.rendering.bounds import size, span
from protocol.vocabulary import DuplicateWord, Vocabulary
from tests.protocol.values import messages_of

MOMENT_MAX_MS = 2**48 - 1
WORDS = language().vocabulary


# Ids.


@given(st.integers(0, MOMENT_MAX_MS))
def test_an_id_tells_when_it_was_made(now_ms: int) -> None:
    made = uuid7(now_ms)
    assert made_at_ms(made) == now_ms
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert UUID(str(made)) == made
    assert hash(UUID(str(made))) == hash(made)


@given(st.integers(0, MOMENT_MAX_MS - 1))
def test_later_ids_are_greater(now_ms: int) -> None:
    assert uuid7(now_ms) < uuid7(now_ms + 1)
    assert str(uuid7(now_ms)) < str(uuid7(now_ms + 1))


def test_ids_of_one_moment_differ() -> None:
    assert len({uuid7(1_000) for _ in range(10_000)}) == 10_000


def test_other_ids_tell_no_time() -> None:
    assert made_at_ms(uuid4()) is None
    assert made_at_ms(UUID(int=0)) is None


def test_an_id_is_made_now_unless_told_otherwise() -> None:
    made_ms = made_at_ms(uuid7())
    assert made_ms is not None
    assert abs(made_ms / 1000 - datetime.now(UTC).timestamp()) < 60


# Positions.


@given(st.integers(0, NUMBER_MAX), st.integers(0, NUMBER_MAX))
def test_a_position_is_read_as_it_was_written(generation: int, number: int) -> None:
    assert Position.parse(str(Position(generation, number))) == (generation, number)


@given(st.text())
def test_any_text_is_a_position_or_refused(text: str) -> None:
    try:
        position = Position.parse(text)
    except ValueError:
        return
    assert min(position) >= 0
    assert max(position) <= NUMBER_MAX


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1",
        "1.",
        ".1",
        "1.2.3",
        "-1.2",
        "+1.2",
        " 1.2",
        "1.2\n",
        "1_0.2",
        "\u0663.\u0661",
        "1.\u00b2",
    ],
)
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a position"):
        Position.parse(text)


# Addresses.


@given(st.uuids())
def test_an_address_has_one_spelling(key: UUID) -> None:
    address = users_address(key)
    assert address == address_of("user", key) == f"user/{key}"
    assert (kind_of(address), key_of(address)) == ("user", key)
    for other in (f"user/{key.hex}", f"user/{{{key}}}", f"user/urn:uuid:{key}", f"user/{key} "):
        with pytest.raises(ValueError, match="UUID"):
            key_of(other)


@given(st.text())
def test_any_text_names_an_actor_or_is_refused(text: str) -> None:
    try:
        key = key_of(f"user/{text}")
    except ValueError:
        return
    assert str(key) == text


def test_a_single_actor_has_no_key() -> None:
    assert address_of("announcements") == "announcements" == kind_of("announcements")
    with pytest.raises(ValueError, match="UUID"):
        key_of("announcements")


# Marks.


class Inner(msgspec.Struct, frozen=True):
    """Something inside."""

    shown: str
    hidden: Annotated[str, PRIVATE]


class Outer(msgspec.Struct, frozen=True):
    """Every way in which a mark may stand."""

    plain: int
    directly: Annotated[str, PRIVATE]
    maybe: Annotated[str, PRIVATE] | None
    many: tuple[Annotated[str, PRIVATE], ...]
    secret: Annotated[str, SECRET]
    inner: Inner
    inners: tuple[Inner, ...]
    named: dict[str, Inner]


OUTER = Outer(
    plain=1,
    directly="WHISPER",
    maybe="WHISPER",
    many=("WHISPER",),
    secret="WHISPER",  # noqa: S106 - of a test
    inner=Inner("seen", "WHISPER"),
    inners=(Inner("seen", "WHISPER"),),
    named={"one": Inner("seen", "WHISPER")},
)


def test_a_mark_is_found_wherever_it_stands() -> None:
    assert marks_of(Outer).private == {"directly", "maybe", "many"}
    assert marks_of(Outer).secret == {"secret"}


def test_nothing_marked_is_ever_shown() -> None:
    shown = without_private(OUTER)
    assert "WHISPER" not in repr(shown)
    assert shown["plain"] == 1
    assert shown["inner"] == {"shown": "seen", "hidden": "<private>"}
    assert shown["secret"] == "<secret>"  # noqa: S105 - the mark itself


@pytest.mark.parametrize(
    "kind",
    [*WORDS.asks.values(), *WORDS.answers.values(), *WORDS.tells.values()],
    ids=lambda kind: str(kind.__name__),
)
@given(data=st.data())
@settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
def test_what_a_log_may_show_of_a_message_holds_no_marked_field(
    kind: type[msgspec.Struct], data: st.DataObject
) -> None:
    message = data.draw(messages_of(kind))
    _compare(message, without_private(message))


def _compare(message: Any, shown: Any) -> None:
    if isinstance(message, msgspec.Struct):
        marked = marks_of(type(message))
        for name in message.__struct_fields__:
            if name in marked.private | marked.secret:
                assert shown[name] in {"<private>", "<secret>"}
            else:
                _compare(getattr(message, name), shown[name])
    elif isinstance(message, list | tuple):
        for one, other in zip(message, shown, strict=True):
            _compare(one, other)


# Refusals and the vocabulary.


def test_a_refusal_carries_its_facts_as_plain_values() -> None:
    class Late(Refusal):
        """Something came too late."""

        code = "test.late"
        sentence = "{what} came {by_s} s late, at {at}."
        what: UUID
        by_s: int
        at: datetime

    at = datetime(2026, 3, 2, tzinfo=UTC)
    refused = Late(what=UUID(int=1), by_s=3, at=at).refused()
    assert refused.facts == {"what": str(UUID(int=1)), "by_s": 3, "at": "2026-03-02T00:00:00Z"}
    assert refused.message == f"{UUID(int=1)} came 3 s late, at 2026-03-02T00:00:00Z."
    assert not refused.temporary


def test_two_messages_may_not_share_a_tag() -> None:
    class One(Command, frozen=True, tag="test.same"):
        """One."""

    class Two(Command, frozen=True, tag="test.same"):
        """Two."""

    words = Vocabulary()
    words.add(One)
    words.add(One)
    with pytest.raises(DuplicateWord, match=r"test\.same"):
        words.add(Two)


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(seconds=5), "5 s"),
        (timedelta(minutes=10), "10 min"),
        (timedelta(hours=48), "48 h"),
        (timedelta(days=35), "35 d"),
        (timedelta(seconds=90), "90 s"),
    ],
)
def test_spans_are_written_as_people_do(time: timedelta, said: str) -> None:
    assert span(time) == said


def test_sizes_are_written_as_people_do() -> None:
    assert [size(65_536), size(2**20)] == ["64 KiB", "1 MiB"]


# Moments.


def test_every_moment_a_client_tells_has_a_zone() -> None:
    told = [*WORDS.asks.values(), *get_args(ClientFrame)]
    moments = [shape for kind in told for shape in _shapes_in(shapes.type_info(kind))]
    assert len(moments) > 0
    assert [shape for shape in moments if not shape.tz] == []


def _shapes_in(shape: object) -> Iterator[shapes.DateTimeType]:
    """Find every moment in a shape."""
    if isinstance(shape, shapes.DateTimeType):
        yield shape
    elif isinstance(shape, shapes.StructType):
        for field in shape.fields:
            yield from _shapes_in(field.type)
    else:
        for name in ("types", "item_type", "item_types", "key_type", "value_type", "type"):
            inner = getattr(shape, name, ())
            for one in inner if isinstance(inner, tuple) else (inner,):
                yield from _shapes_in(one)
