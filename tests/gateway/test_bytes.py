"""Bytes that are no frame, frames that are no message, messages beyond their limits."""

import json
from typing import Any

import msgspec
import pytest

from protocol.ids import uuid7
from protocol.limits import FRAME_BYTES_MAX, FRAME_MESSAGES_MAX
from tests.gateway.raw import Format, raw, somebody
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import Person

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.usefixtures("nothing_changes"),
]

RENAME = {"type": "identity.change_profile", "name": "Eve"}


@pytest.mark.parametrize(
    "data",
    [
        "",
        " ",
        "{",
        "nonsense",
        '{"type":"hello"',
        '{"type":"join","topic":NaN}',
        '{"type":"join","topic":"x"} {"type":"join","topic":"y"}',
        "[[]",
        "null",
        "17",
        '"hello"',
        "{}",
        '{"type":7}',
        "[1,2,3]",
        "\ufeff{}",
        "{'type':'hello'}",
    ],
)
async def test_json_that_is_no_frame_is_refused_and_the_socket_lives(
    node: Node, clock: FakeClock, anna: Person, data: str
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        assert (await eve.refused(data))["code"] in {"malformed", "invalid", "unknown_type"}
        await eve.send({"type": "join", "topic": "x"})
        assert (await eve.next("problem", topic="x"))["refused"]["code"] == "not_found"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x81",
        b"\x81\xa4type",
        b"\xdf\xff\xff\xff\xff",
        b"\xdd\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xffabc",
        b"\xc7\x00\x05",
        msgspec.msgpack.encode({"type": "hello"}) + b"\x00",
        msgspec.msgpack.encode({1: 2}),
        msgspec.msgpack.encode([None, 7, []]),
        b"\x81\xa4type\xa2\xff\xfe",
        b"\x91" * 5_000 + b"\xc0",
    ],
)
async def test_messagepack_that_is_no_frame_is_refused_and_the_socket_lives(
    node: Node, clock: FakeClock, anna: Person, data: bytes
) -> None:
    async with raw(node, clock, "msgpack") as eve:
        await eve.hello(anna.token)
        assert (await eve.refused(data))["code"] in {"malformed", "invalid", "unknown_type"}
        await eve.send({"type": "join", "topic": "x"})
        assert (await eve.next("problem", topic="x"))["refused"]["code"] == "not_found"


@pytest.mark.parametrize(("wire_format", "empty"), [("json", "[]"), ("msgpack", b"\x90")])
async def test_empty_lists_are_refused_and_who_does_not_stop_is_closed(
    node: Node, clock: FakeClock, anna: Person, wire_format: Format, empty: str | bytes
) -> None:
    async with raw(node, clock, wire_format) as eve:
        await eve.hello(anna.token)
        assert (await eve.refused(empty))["code"] == "invalid"
        for _ in range(100):
            await eve.send(empty)
        assert (await eve.next("bye"))["reason"] == "flooding"


@pytest.mark.parametrize("wire_format", ["json", "msgpack"])
@pytest.mark.parametrize("wrong", [{"to": ""}, {"made_at": "now"}, {"extra": 1}])
async def test_a_call_that_can_be_read_as_far_as_its_id_is_replied_to(
    node: Node, clock: FakeClock, anna: Person, wire_format: Format, wrong: dict[str, Any]
) -> None:
    async with raw(node, clock, wire_format) as eve:
        await eve.hello(anna.token)
        for frames in (list, lambda calls: calls[0]):
            call_id = str(uuid7(int(clock.now().timestamp() * 1000)))
            call = {"type": "call", "id": call_id, "do": {"type": "moods.log"}, **wrong}
            await eve.send(frames([call]))
            refused = (await eve.next("reply", id=call_id))["refused"]
            assert refused["code"] in {"invalid", "unknown_field"}


async def test_who_floods_with_calls_that_cannot_be_read_whole_is_closed(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        calls = [
            {"type": "call", "id": str(somebody()), "do": {"type": "moods.log"}, "to": ""}
            for _ in range(FRAME_MESSAGES_MAX)
        ]
        for _ in range(20):
            await eve.send(calls)
        assert (await eve.next("bye"))["reason"] == "flooding"


@pytest.mark.parametrize(
    ("frame", "code", "path"),
    [
        ({"type": "teleport"}, "unknown_type", "$.type"),
        ({"type": "welcome"}, "unknown_type", "$.type"),
        ({"type": "join", "topic": "x", "colour": 1}, "unknown_field", "$"),
        ({"type": "join"}, "invalid", "$"),
        ({"type": "join", "topic": 7}, "invalid", "$.topic"),
        ({"type": "join", "topic": "x" * 101}, "invalid", "$.topic"),
        ({"type": "join", "topic": ""}, "invalid", "$.topic"),
        ({"type": "join", "topic": "announcements", "pos": "first"}, "invalid", "$.pos"),
        ({"type": "join", "topic": "announcements", "pos": "-1.2"}, "invalid", "$.pos"),
        ({"type": "join", "topic": "announcements", "pos": "1.9e9"}, "invalid", "$.pos"),
        ({"type": "join", "topic": "announcements", "pos": "\u0661.\u0662"}, "invalid", "$.pos"),
        ({"type": "join", "topic": "announcements", "pos": f"1.{2**64}"}, "invalid", "$.pos"),
        ({"type": "join", "topic": "announcements", "pos": "9" * 99}, "invalid", "$.pos"),
        ({"type": "presence", "topic": "x", "doing": "d" * 41}, "invalid", "$.doing"),
        ({"type": "call", "id": "one", "do": RENAME}, "invalid", "$.id"),
        ({"type": "call", "do": RENAME}, "invalid", "$"),
        ({"type": "hello", "token": "t", "client": {"name": "n"}}, "invalid", "$.client"),
    ],
)
@pytest.mark.parametrize("form", ["json", "msgpack"])
async def test_a_frame_with_something_wrong_is_refused_by_name(  # noqa: PLR0913, PLR0917
    node: Node,
    clock: FakeClock,
    anna: Person,
    form: Format,
    frame: dict[str, Any],
    code: str,
    path: str,
) -> None:
    async with raw(node, clock, form) as eve:
        await eve.hello(anna.token)
        refused = await eve.refused(frame)
        assert (refused["code"], refused["facts"]["path"]) == (code, path)


@pytest.mark.parametrize(
    ("do", "code", "path"),
    [
        ({"type": "identity.fly"}, "unknown_type", "$.do.type"),
        ({"type": "notifications.inbox_moved"}, "unknown_type", "$.do.type"),
        ({"type": "identity.profile_changed"}, "unknown_type", "$.do.type"),
        ({**RENAME, "role": "admin"}, "unknown_field", "$.do"),
        ({**RENAME, "name": ""}, "invalid", "$.do.name"),
        ({**RENAME, "name": "x" * 81}, "invalid", "$.do.name"),
        ({**RENAME, "name": None}, "invalid", "$.do.name"),
        ({**RENAME, "name": ["Eve"]}, "invalid", "$.do.name"),
        ({**RENAME, "name": "Eve\0"}, "invalid", "$.do.name"),
        ({**RENAME, "name": "Eve\n"}, "invalid", "$.do.name"),
        ({**RENAME, "love_language_primary": "gold"}, "invalid", "$.do.love_language_primary"),
        (
            {**RENAME, "relationship_preferences": {"a": 2**63}},
            "invalid",
            "$.do.relationship_preferences[...]",
        ),
        ({"type": "moods.log", "mood": "fine", "mood_score": 11}, "invalid", "$.do.mood_score"),
        ({"type": "moods.log", "mood": "fine", "mood_score": 0}, "invalid", "$.do.mood_score"),
        ({"type": "moods.log", "mood": "fine", "mood_score": 5.5}, "invalid", "$.do.mood_score"),
        ({"type": "moods.log", "mood": "m" * 65, "mood_score": 5}, "invalid", "$.do.mood"),
        (
            {"type": "moods.log", "mood": "fine", "mood_score": 5, "notes": "n" * 2_001},
            "invalid",
            "$.do.notes",
        ),
        ({}, "invalid", "$.do"),
    ],
)
@pytest.mark.parametrize("form", ["json", "msgpack"])
async def test_a_call_with_something_wrong_is_refused_by_name(  # noqa: PLR0913, PLR0917
    node: Node,
    clock: FakeClock,
    anna: Person,
    form: Format,
    do: dict[str, Any],
    code: str,
    path: str,
) -> None:
    async with raw(node, clock, form) as eve:
        await eve.hello(anna.token)
        refused = (await eve.call(do))["refused"]
        assert (refused["code"], refused["facts"]["path"]) == (code, path)


async def test_half_a_character_is_refused(node: Node, clock: FakeClock, anna: Person) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        do = '{"type":"identity.change_profile","name":"\\ud83d"}'
        refused = await eve.refused(f'{{"type":"call","id":"{eve.new_id()}","do":{do}}}')
        assert refused["code"] == "malformed"


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":"join","topic":"\xff\xfe"}',
        b"\xff",
        b'{"type":"join","topic":"\xed\xa0\xbd"}',
        b'{"type":"join","topic":"\xc0\xaf"}',
    ],
)
async def test_text_that_is_not_utf_8_closes_the_socket(
    node: Node, clock: FakeClock, anna: Person, data: bytes
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        await eve.send_text(data)
        assert await eve.closed() == 1007


@pytest.mark.parametrize(
    "data",
    [
        "[" * 60_000,
        '{"a":' * 12_000,
        '{"type":"hello","client":' + "[" * 50_000,
        '[{"type":"hello","resume":' + '{"a":' * 10_000,
    ],
)
async def test_deep_nesting_is_refused(
    node: Node, clock: FakeClock, anna: Person, data: str
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        assert (await eve.refused(data))["code"] in {"malformed", "invalid"}


@pytest.mark.parametrize("depth", [500, 30_000])
async def test_a_call_that_is_nested_deeply_is_refused(
    node: Node, clock: FakeClock, anna: Person, depth: int
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        call_id = eve.new_id()
        deep = "[" * depth + "]" * depth
        await eve.send(f'{{"type":"call","id":"{call_id}","do":{deep}}}')
        await eve.send({"type": "join", "topic": "x"})
        await eve.next("problem", topic="x")
        refused = [frame["refused"] for frame in await eve.said("problem")]
        refused += [frame["refused"] for frame in await eve.said("reply")]
        assert [answer["code"] in {"malformed", "invalid"} for answer in refused] == [True]


async def test_a_frame_of_the_most_bytes_is_taken_and_one_more_closes(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    def of_bytes(count: int) -> str:
        frame = json.dumps({"type": "join", "topic": "x"})
        return frame + " " * (count - len(frame))

    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        assert (await eve.refused(of_bytes(FRAME_BYTES_MAX)))["code"] == "not_found"
        await eve.send(of_bytes(FRAME_BYTES_MAX + 1))
        assert await eve.closed() == 1009


async def test_a_batch_beyond_its_limit_is_refused_whole(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        calls = [
            {"type": "call", "id": eve.new_id(), "do": RENAME}
            for _ in range(FRAME_MESSAGES_MAX + 1)
        ]
        refused = await eve.refused(calls)
        assert refused["code"] == "batch_too_long"
        assert refused["facts"] == {"count": 65, "count_max": 64}
        assert (await eve.refused({"type": "join", "topic": "x"}))["code"] == "not_found"
        assert await eve.said("reply") == []


async def test_one_bad_frame_in_a_list_leaves_the_others_alone(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        await eve.send('[{"type":"join","topic":"x"},{"type":"fly"},7,{"type":"join","topic":"y"}]')
        await eve.next("problem", topic="x")
        await eve.next("problem", topic="y")
        codes = [frame["refused"]["code"] for frame in await eve.said("problem")]
        assert codes == ["unknown_type", "invalid"]


@pytest.mark.parametrize("form", ["json", "msgpack"])
async def test_the_other_kind_of_message_closes_the_socket(
    node: Node, clock: FakeClock, anna: Person, form: Format
) -> None:
    async with raw(node, clock, form) as eve:
        await eve.hello(anna.token)
        await eve.send(b"{}" if form == "json" else "{}")
        assert await eve.closed() == 1003
