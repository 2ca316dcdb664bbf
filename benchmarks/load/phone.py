"""A phone: one socket of the load generator, as thin as it can be and still count everything."""

from collections.abc import Callable
from uuid import UUID

import msgspec
import picows

from protocol.codec import SUBPROTOCOL_JSON

UPGRADE = [("Sec-WebSocket-Protocol", SUBPROTOCOL_JSON)]


class Reply(msgspec.Struct, tag="reply", gc=False):
    """What matters of a reply."""

    id: UUID
    refused: msgspec.Raw | None = None


class Happened(msgspec.Struct, gc=False):
    """What matters of an event."""

    type: str
    mood_log_id: UUID | None = None
    user_id: UUID | None = None


class Push(msgspec.Struct, tag="push", gc=False):
    """What matters of a push."""

    event: Happened


class Joined(msgspec.Struct, tag="joined", gc=False):
    """The past of a topic has been read."""

    topic: str


class Welcome(msgspec.Struct, tag="welcome", gc=False):
    """The socket is open."""


class Snapshot(msgspec.Struct, tag="snapshot", gc=False):
    """Passed over."""


class Presence(msgspec.Struct, tag="presence", gc=False):
    """Passed over."""


class Heartbeat(msgspec.Struct, tag="heartbeat", gc=False):
    """Passed over."""


class Problem(msgspec.Struct, tag="problem", gc=False):
    """Ends the measurement."""

    refused: msgspec.Raw


class Bye(msgspec.Struct, tag="bye", gc=False):
    """Ends the measurement."""

    reason: str


Frame = Reply | Push | Joined | Welcome | Snapshot | Presence | Heartbeat | Problem | Bye
_decode = msgspec.json.Decoder(Frame | list[Frame]).decode


class Phone(picows.WSListener):
    """One socket; what comes is handed to `received`, frame by frame."""

    def __init__(self, received: Callable[["Phone", Frame], None]) -> None:
        self._received = received
        self.transport: picows.WSTransport | None = None
        self.lost = False

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self.transport = transport

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self.lost = True

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type == picows.WSMsgType.CLOSE:
            transport.disconnect()
            return
        found = _decode(frame.get_payload_as_bytes())
        if isinstance(found, list):
            for one in found:
                self._received(self, one)
        else:
            self._received(self, found)

    def send(self, data: bytes) -> None:
        """Send one text frame."""
        assert self.transport is not None  # noqa: S101 - connected before anything is sent
        self.transport.send(picows.WSMsgType.TEXT, data)


async def connect(url: str, received: Callable[[Phone, Frame], None]) -> Phone:
    """Open one socket."""
    _, phone = await picows.ws_connect(lambda: Phone(received), url, extra_headers=UPGRADE)
    return phone
