"""How a client writes and reads bytes, in either of the two formats."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from protocol.clients.python.received import Received
from protocol.codec import SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK
from protocol.frames import ClientFrame
from protocol.limits import Limits

Format = Literal["json", "msgpack"]
LIST_BYTES_MAX = 3
"""What a list adds to its messages, besides a comma for each."""
log = logging.getLogger("tandem.client")


class Wire:
    """One wire format, from the client's side. Times and ids are strings in both."""

    def __init__(self, form: Format) -> None:
        self.binary = form == "msgpack"
        self.subprotocol = SUBPROTOCOL_MSGPACK if self.binary else SUBPROTOCOL_JSON

    def encode(self, frame: ClientFrame) -> bytes:
        """Write one frame."""
        json = msgspec.json.encode(frame)
        return msgspec.msgpack.encode(msgspec.json.decode(json)) if self.binary else json

    def pack(self, frames: Sequence[bytes], limits: Limits) -> Iterator[bytes | str]:
        """Put written frames into as few WebSocket messages as the limits allow, in order."""
        together: list[bytes] = []
        size = LIST_BYTES_MAX
        for frame in frames:
            full = len(together) == limits.frame_messages_max
            if together and (full or size + len(frame) + 1 > limits.frame_bytes_max):
                yield self._message(together)
                together, size = [], LIST_BYTES_MAX
            together.append(frame)
            size += len(frame) + 1
        if together:
            yield self._message(together)

    def _message(self, frames: list[bytes]) -> bytes | str:
        if self.binary:
            listed = b"\xdc" + len(frames).to_bytes(2, "big") + b"".join(frames)
            return frames[0] if len(frames) == 1 else listed
        text = b",".join(frames).decode()
        return text if len(frames) == 1 else f"[{text}]"

    def decode(self, data: bytes | str) -> list[Received]:
        """Read a WebSocket message: one frame or a list of them.

        Raises msgspec.DecodeError when it is neither. A frame of a type that is not known here is
        passed over: the server may be newer.
        """
        read: Any = (
            msgspec.json.decode(data) if isinstance(data, str) else msgspec.msgpack.decode(data)
        )
        frames: list[Received] = []
        for piece in read if isinstance(read, list) else [read]:
            try:
                frames.append(msgspec.convert(piece, Received))
            except msgspec.ValidationError as problem:
                log.warning("a frame was passed over: %s", problem)
        return frames
