"""How the language is written as bytes: JSON in text frames, MessagePack in binary ones.

JSON is the form of record: events and stored replies are kept as JSON. MessagePack is transcoded
from it, so that both forms say exactly the same, whether a message is live or read from the log.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Raw

from protocol.common import BatchTooLong, Invalid, Malformed, UnknownField, UnknownType
from protocol.frames import ClientFrame
from protocol.limits import FRAME_MESSAGES_MAX
from protocol.messages import Ask
from protocol.refusals import Refusal
from protocol.text import SAID
from protocol.vocabulary import Vocabulary

SUBPROTOCOL_JSON: Final = "tandem.v1.json"
SUBPROTOCOL_MSGPACK: Final = "tandem.v1.msgpack"

_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(?P<field>[^`]*)`")
_AT_PATH = re.compile(r" - at `(?P<path>[^`]*)`$")
_IN_WORDS = {
    f"Expected `str` matching regex {pattern!r}": f"Expected text {said}"
    for pattern, said in SAID.items()
}
_INTEGER_64_MAX = 2**63 - 1

encode_json = msgspec.json.Encoder().encode
"""Write any message in the form of record."""


class RefusedCall(NamedTuple):
    """A call of which no more could be read than its id."""

    id: UUID
    refusal: Refusal


class _CallHead(msgspec.Struct, tag_field="type", tag="call"):
    """As much of a call as says who waits for its reply."""

    id: UUID


class Codec(ABC):
    """One wire format: bytes to frames and back."""

    subprotocol: str
    binary: bool

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Build decoders that know these words."""
        asks: Any = Ask
        for ask in vocabulary.asks.values():
            asks = ask if asks is Ask else asks | ask
        self._one: Any = self._decoder(ClientFrame)
        self._many: Any = self._decoder(list[Raw])
        self._ask: Any = self._decoder(asks)
        self._call_head: Any = self._decoder(_CallHead)

    def decode(self, data: bytes) -> list[ClientFrame | Refusal | RefusedCall]:
        """Read a WebSocket message: its frames in order, a refusal in the place of a bad one."""
        try:
            if not self._is_list(data):
                return [self._decode_one(data)]
            pieces = self._many.decode(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
            return [refusal_of(problem)]
        if not pieces:
            return [Invalid(path="$", problem="This list is empty")]
        if len(pieces) > FRAME_MESSAGES_MAX:
            return [BatchTooLong(count=len(pieces), count_max=FRAME_MESSAGES_MAX)]
        return [self._decode_one(piece) for piece in pieces]

    def _decode_one(self, piece: bytes | Raw) -> ClientFrame | Refusal | RefusedCall:
        try:
            frame: ClientFrame = self._one.decode(piece)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
            refusal = refusal_of(problem)
            is_whole = isinstance(problem, msgspec.ValidationError)
            call_id = self._id_of_call(piece) if is_whole else None
            return refusal if call_id is None else RefusedCall(call_id, refusal)
        return frame

    def _id_of_call(self, piece: bytes | Raw) -> UUID | None:
        """Read under which id a frame that cannot be read whole was called, if it was a call."""
        try:
            head: _CallHead = self._call_head.decode(piece)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return None
        return head.id

    def decode_ask(self, do: Raw) -> Ask:
        """Read what a call wants done. Raises a Refusal that names what is wrong with it."""
        try:
            ask: Ask = self._ask.decode(do)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
            raise refusal_of(problem, root="$.do") from None
        refuse_unstorable_text(ask, root="$.do")
        return ask

    @abstractmethod
    def encode(self, frame: msgspec.Struct) -> bytes:
        """Write one frame."""

    @abstractmethod
    def raw(self, json: bytes) -> Raw:
        """Make a body that is kept as JSON ready to stand in a frame."""

    @abstractmethod
    def join(self, frames: Sequence[bytes]) -> bytes:
        """Put several written frames into one list."""

    @staticmethod
    @abstractmethod
    def _is_list(data: bytes) -> bool: ...

    @staticmethod
    @abstractmethod
    def _decoder(kind: Any) -> Any: ...


class JsonCodec(Codec):
    """JSON in text frames."""

    subprotocol = SUBPROTOCOL_JSON
    binary = False

    def encode(self, frame: msgspec.Struct) -> bytes:
        """Write one frame."""
        return encode_json(frame)

    def raw(self, json: bytes) -> Raw:
        """Take the body as it is kept."""
        return Raw(json)

    def join(self, frames: Sequence[bytes]) -> bytes:
        """Put several written frames into one list."""
        return b"[" + b",".join(frames) + b"]"

    @staticmethod
    def _is_list(data: bytes) -> bool:
        return data[:1] == b"[" or data.lstrip()[:1] == b"["

    @staticmethod
    def _decoder(kind: Any) -> Any:
        return msgspec.json.Decoder(kind)


class MsgpackCodec(Codec):
    """MessagePack in binary frames; times and ids are strings, as in JSON."""

    subprotocol = SUBPROTOCOL_MSGPACK
    binary = True

    def encode(self, frame: msgspec.Struct) -> bytes:
        """Write one frame."""
        return _transcode(encode_json(frame))

    def raw(self, json: bytes) -> Raw:
        """Hand the body on as JSON: `encode` transcodes the frame as a whole."""
        return Raw(json)

    def join(self, frames: Sequence[bytes]) -> bytes:
        """Put several written frames into one list (an array header of 16 bits, then they)."""
        return b"\xdc" + len(frames).to_bytes(2) + b"".join(frames)

    @staticmethod
    def _is_list(data: bytes) -> bool:
        first = data[0] if data else 0
        return 0x90 <= first <= 0x9F or first in (0xDC, 0xDD)  # noqa: PLR2004 - array headers

    @staticmethod
    def _decoder(kind: Any) -> Any:
        return msgspec.msgpack.Decoder(kind)


def _transcode(json: bytes) -> bytes:
    return msgspec.msgpack.encode(msgspec.json.decode(json))


def codecs(vocabulary: Vocabulary) -> dict[str, Codec]:
    """Build every wire format, by subprotocol."""
    made: list[Codec] = [JsonCodec(vocabulary), MsgpackCodec(vocabulary)]
    return {codec.subprotocol: codec for codec in made}


def refusal_of(problem: Exception, root: str = "$") -> Refusal:
    """Name what msgspec found wrong with some bytes."""
    if isinstance(problem, RecursionError):
        return Malformed(problem="it is nested too deeply")
    if isinstance(problem, UnicodeDecodeError):
        # It counts from where some piece began, which says nothing of the whole.
        return Malformed(problem="its text is not UTF-8")
    text = str(problem)
    if not isinstance(problem, msgspec.ValidationError):
        return Malformed(problem=text)
    found = _AT_PATH.search(text)
    path = root + (found["path"][1:] if found else "")
    said = _AT_PATH.sub("", text)
    unknown = _UNKNOWN_FIELD.search(said)
    if unknown:
        return UnknownField(path=path, field=unknown["field"])
    if path.endswith(".type"):
        return UnknownType(path=path)
    return Invalid(path=path, problem=_IN_WORDS.get(said, said))


def refuse_unstorable_text(message: msgspec.Struct, root: str = "$") -> None:
    """Refuse text that PostgreSQL cannot keep: the character NUL, and lone surrogates.

    Raises Invalid.
    """
    for name in message.__struct_fields__:
        _refuse_unstorable(getattr(message, name), f"{root}.{name}")


def _refuse_unstorable(value: object, path: str) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise Invalid(path=path, problem="Text may not contain the character NUL")
        if not value.isascii():
            _refuse_surrogates(value, path)
    elif isinstance(value, int):
        if abs(value) > _INTEGER_64_MAX:
            raise Invalid(path=path, problem="A number has at most 64 bits")
    else:
        for inner, where in _inside(value, path):
            _refuse_unstorable(inner, where)


def _inside(value: object, path: str) -> Iterator[tuple[object, str]]:
    """List what a value consists of, and where each piece stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, path
            yield inner, f"{path}.{key}"
    elif isinstance(value, list | tuple | set | frozenset):
        for place, inner in enumerate(value):
            yield inner, f"{path}[{place}]"
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield getattr(value, name), f"{path}.{name}"


def _refuse_surrogates(value: str, path: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid(path=path, problem="Text has half a character in it") from None
