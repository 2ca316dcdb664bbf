"""The codec: what is written is read back in both formats, and nothing sent breaks it."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw

from backend.language import language
from protocol.codec import Codec, codecs, encode_json
from protocol.common import BatchTooLong, Invalid, Malformed, UnknownField, UnknownType
from protocol.frames import Call, Hello, Join, Leave, Problem, Push, Reply, SetPresence
from protocol.ids import uuid7
from protocol.limits import FRAME_MESSAGES_MAX
from protocol.messages import Answer, Ask
from protocol.refusals import Refusal
from tests.protocol.values import messages_of

WORDS = language().vocabulary
CODECS = codecs(WORDS)
DOCUMENTED = (Malformed, Invalid, UnknownType, UnknownField, BatchTooLong)
CLIENT_FRAMES = [Hello, Join, Leave, SetPresence]

every_codec = pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
generous = settings(
    deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["call", "hello", "join", "type", "moods.log", str(uuid7())]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)


def _written(codec: Codec, frame: object) -> bytes:
    """Write as a client does, whatever it is."""
    if codec.binary:
        return msgspec.msgpack.encode(msgspec.to_builtins(frame))
    return encode_json(frame)


def _examine(codec: Codec, data: bytes) -> None:
    """Read bytes as the gateway does; only documented refusals may come of it."""
    for frame in codec.decode(data):
        if isinstance(frame, Refusal):
            assert isinstance(frame, DOCUMENTED)
            assert codec.encode(Problem(refused=frame.refused()))
        elif isinstance(frame, Call):
            with contextlib.suppress(*DOCUMENTED):
                assert isinstance(codec.decode_ask(frame.do), Ask)


# What is written is read back.


@every_codec
@pytest.mark.parametrize("ask", WORDS.asks.values(), ids=list(WORDS.asks))
@given(data=st.data())
@settings(parent=generous, max_examples=15)
def test_every_ask_comes_back_as_it_was_sent(
    codec: Codec, ask: type[Ask], data: st.DataObject
) -> None:
    sent = data.draw(messages_of(ask))
    call = {"type": "call", "id": str(uuid7()), "do": msgspec.to_builtins(sent)}
    (frame,) = codec.decode(_written(codec, call))
    assert isinstance(frame, Call)
    assert codec.decode_ask(frame.do) == sent


@every_codec
@pytest.mark.parametrize("answer", WORDS.answers.values(), ids=list(WORDS.answers))
@given(data=st.data())
@settings(parent=generous, max_examples=15)
def test_every_answer_says_the_same_in_both_formats(
    codec: Codec, answer: type[Answer], data: st.DataObject
) -> None:
    said = data.draw(messages_of(answer))
    body = codec.raw(encode_json(said))
    push = Push(topic="user/x", pos="1.2", at=datetime(2026, 3, 2, tzinfo=UTC), event=body)
    for frame, field in ((push, "event"), (Reply(id=uuid7(), ok=body), "ok")):
        written = codec.encode(frame)
        read = msgspec.msgpack.decode(written) if codec.binary else msgspec.json.decode(written)
        assert read == msgspec.json.decode(encode_json(frame))
        assert msgspec.convert(read[field], answer, strict=True) == said


@every_codec
@pytest.mark.parametrize("kind", CLIENT_FRAMES, ids=lambda kind: str(kind.__name__))
@given(data=st.data())
@settings(parent=generous, max_examples=20)
def test_every_frame_comes_back_as_it_was_sent(
    codec: Codec, kind: type[msgspec.Struct], data: st.DataObject
) -> None:
    sent = data.draw(messages_of(kind))
    assert codec.decode(_written(codec, sent)) == [sent]
    assert codec.decode(_written(codec, [sent, sent])) == [sent, sent]


@every_codec
@given(count=st.integers(1, FRAME_MESSAGES_MAX))
@settings(parent=generous, max_examples=10)
def test_joined_frames_are_a_list(codec: Codec, count: int) -> None:
    frames = [Join(topic=f"user/{place}") for place in range(count)]
    joined = codec.join([codec.encode(frame) for frame in frames])
    assert codec.decode(joined) == frames


# Whatever comes.


@every_codec
@given(data=st.binary(max_size=400))
@settings(parent=generous, max_examples=300)
def test_any_bytes_are_refused_or_read(codec: Codec, data: bytes) -> None:
    _examine(codec, data)


@every_codec
@given(value=_json)
@settings(parent=generous, max_examples=200)
def test_any_value_is_refused_or_read(codec: Codec, value: Any) -> None:
    try:
        data = msgspec.msgpack.encode(value) if codec.binary else json.dumps(value).encode()
    except (OverflowError, UnicodeEncodeError):
        data = json.dumps(value).encode()  # the other format says nothing so large, or half
    _examine(codec, data)
    do = data if not codec.binary else msgspec.msgpack.encode(None)
    _examine(codec, b'{"type":"call","id":"%s","do":%s}' % (str(uuid7()).encode(), do))


@every_codec
@given(
    data=st.data(),
    ask=st.sampled_from(list(WORDS.asks.values())),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=3)), max_size=4),
)
@settings(parent=generous, max_examples=200)
def test_a_damaged_frame_is_refused_or_read(
    codec: Codec, data: st.DataObject, ask: type[Ask], changes: list[tuple[int, bytes]]
) -> None:
    do = msgspec.to_builtins(data.draw(messages_of(ask)))
    damaged = _written(codec, [{"type": "call", "id": str(uuid7()), "do": do}])
    for place, piece in changes:
        at = place % (len(damaged) + 1)
        damaged = damaged[:at] + piece + damaged[at + len(piece) // 2 + 1 :]
    _examine(codec, damaged)


@every_codec
@given(cut=st.integers(0, 200))
@settings(parent=generous, max_examples=50)
def test_a_frame_that_ends_too_early_is_refused(codec: Codec, cut: int) -> None:
    whole = _written(codec, Hello(resume={"announcements": "1.2", "user/x": "3.4"}))
    (found,) = codec.decode(whole[: cut % len(whole)])
    assert isinstance(found, Malformed | Invalid)


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "1" * 5_000, "-0", "1.0"]
)
def test_odd_numbers_are_refused_or_read(number: str) -> None:
    do = f'{{"type":"moods.log","mood":"fine","mood_score":{number}}}'
    codec = CODECS["tandem.v1.json"]
    _examine(codec, f'{{"type":"call","id":"{uuid7()}","do":{do}}}'.encode())
    (frame,) = codec.decode(f'{{"type":"join","topic":{number}}}'.encode())
    assert isinstance(frame, Malformed | Invalid)


@pytest.mark.parametrize("name", ["a\0b", "\0", "a\ud83d", "\udfff\ud800"])
@every_codec
def test_text_that_cannot_be_kept_is_refused(codec: Codec, name: str) -> None:
    do = {"type": "identity.change_profile", "name": name}
    call = {"type": "call", "id": str(uuid7()), "do": do}
    if codec.binary:
        packed = msgspec.msgpack.encode({**call, "do": {**do, "name": "?"}})
        text = name.encode("utf-8", "surrogatepass")
        data = packed.replace(b"\xa1?", bytes([0xA0 | len(text)]) + text)
    else:
        data = json.dumps(call).encode()
    (frame,) = codec.decode(data)
    if isinstance(frame, Call):
        with pytest.raises(Refusal) as refused:
            codec.decode_ask(frame.do)
        assert refused.value.code in {"invalid", "malformed"}
    else:
        assert isinstance(frame, Malformed)


@pytest.mark.parametrize(
    "number", [2**63, -(2**63), 2**64, 10**30], ids=["2^63", "-2^63", "2^64", "10^30"]
)
def test_a_number_the_database_cannot_keep_is_refused(number: int) -> None:
    do = {"type": "identity.change_profile", "relationship_preferences": {"a": number}}
    with pytest.raises(Invalid):
        CODECS["tandem.v1.json"].decode_ask(Raw(json.dumps(do).encode()))


@every_codec
def test_a_batch_may_have_the_most_frames_and_not_one_more(codec: Codec) -> None:
    leave = {"type": "leave", "topic": "x"}
    most = codec.decode(_written(codec, [leave] * FRAME_MESSAGES_MAX))
    assert most == [Leave(topic="x")] * FRAME_MESSAGES_MAX
    (refused,) = codec.decode(_written(codec, [leave] * (FRAME_MESSAGES_MAX + 1)))
    assert isinstance(refused, Refusal)
    assert refused.code == "batch_too_long"


@every_codec
@pytest.mark.parametrize("depth", [100, 1_000, 20_000])
def test_deep_nesting_never_breaks_the_reader(codec: Codec, depth: int) -> None:
    deep = b"\x91" * depth + b"\xc0" if codec.binary else b"[" * depth + b"]" * depth
    _examine(codec, deep)
    if not codec.binary:
        _examine(codec, b'{"type":"call","id":"%s","do":%s}' % (str(uuid7()).encode(), deep))
        _examine(codec, b'{"type":"hello","client":%s}' % deep)
