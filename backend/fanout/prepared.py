"""Prepared messages: encoded once per wire format, framed once, then handed out as bytes."""

from protocol.codec import Codec

_SHORT_MAX = 125
_MEDIUM_MAX = 0xFFFF
_FINAL_TEXT = 0x81
_FINAL_BINARY = 0x82


def framed(payload: bytes, *, binary: bool) -> bytes:
    """Put the header of a whole, unmasked WebSocket frame before a payload (RFC 6455, 5.2)."""
    first = _FINAL_BINARY if binary else _FINAL_TEXT
    length = len(payload)
    if length <= _SHORT_MAX:
        return bytes((first, length)) + payload
    if length <= _MEDIUM_MAX:
        return bytes((first, 126)) + length.to_bytes(2) + payload
    return bytes((first, 127)) + length.to_bytes(8) + payload


class Prepared:
    """One message in one wire format, ready for any number of sockets."""

    __slots__ = ("_frame", "binary", "payload")

    def __init__(self, payload: bytes, *, binary: bool) -> None:
        """Hold the encoded message; its frame is made when first wanted alone."""
        self.payload = payload
        self.binary = binary
        self._frame: bytes | None = None

    @property
    def frame(self) -> bytes:
        """The message as a WebSocket frame of its own."""
        if self._frame is None:
            self._frame = framed(self.payload, binary=self.binary)
        return self._frame


def frame_of(messages: list[Prepared], codec: Codec) -> bytes:
    """Put the messages that wait for a socket into one WebSocket frame."""
    if len(messages) == 1:
        return messages[0].frame
    return framed(codec.join([message.payload for message in messages]), binary=codec.binary)
