"""A phone: one socket of the load generator, as thin as it can be and still count everything."""

from collections.abc import Callable
from typing import Any

import msgspec
import picows

from protocol.codec import SUBPROTOCOL_JSON

UPGRADE = [("Sec-WebSocket-Protocol", SUBPROTOCOL_JSON)]
LET_IN_WITHIN_S = 10.0
"""As long as our clients wait before they try again."""


class Reply(msgspec.Struct, tag="reply", gc=False):
    """What matters of a reply."""

    id: str
    refused: dict[str, Any] | None = None


class Happened(msgspec.Struct, gc=False):
    """What matters of an event."""

    type: str
    mood_log_id: str | None = None
    user_id: str | None = None


class Push(msgspec.Struct, tag="push", gc=False):
    """What matters of a push."""

    topic: str
    pos: str
    event: Happened


class Joined(msgspec.Struct, tag="joined", gc=False):
    """The past of a topic has been read."""

    topic: str
    pos: str


class Problem(msgspec.Struct, tag="problem", gc=False):
    """Ends the measurement."""

    refused: dict[str, Any]


class Bye(msgspec.Struct, tag="bye", gc=False):
    """Ends the measurement."""

    reason: str


class Welcome(msgspec.Struct, tag="welcome", gc=False):
    """Passed over."""


class Snapshot(msgspec.Struct, tag="snapshot", gc=False):
    """Passed over."""


class Presence(msgspec.Struct, tag="presence", gc=False):
    """Passed over."""


class Heartbeat(msgspec.Struct, tag="heartbeat", gc=False):
    """Passed over."""


Frame = Reply | Push | Joined | Problem | Bye | Welcome | Snapshot | Presence | Heartbeat
_decode = msgspec.json.Decoder(Frame | list[Frame]).decode
Received = Callable[[Frame], None]


class Lost(ConnectionError):
    """A socket was closed that should have stayed open."""


class Phone(picows.WSListener):
    """One socket; what comes is handed to `received`, message by message.

    With `raw` set, whole frames go there instead, as they came.
    """

    def __init__(self, received: Received) -> None:
        self.received = received
        self.raw: Callable[[bytes], None] | None = None
        self.is_lost = False
        self._transport: picows.WSTransport | None = None

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """Keep what it is sent by."""
        self._transport = transport

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """Note that it is gone."""
        del transport
        self.is_lost = True

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Hand on what the server says."""
        if frame.msg_type == picows.WSMsgType.CLOSE:
            transport.disconnect()
        elif self.raw is not None:
            self.raw(frame.get_payload_as_bytes())
        else:
            found = _decode(frame.get_payload_as_bytes())
            if isinstance(found, list):
                for message in found:
                    self.received(message)
            else:
                self.received(found)

    def send(self, text: bytes) -> None:
        """Send one text frame. Raises Lost."""
        if self._transport is None or self.is_lost:
            raise Lost("a socket of the load generator was closed by the server")
        self._transport.send(picows.WSMsgType.TEXT, text)

    def hang_up(self) -> None:
        """Close, as somebody who is not to be called back."""
        if self._transport is not None:
            self._transport.send_close(picows.WSCloseCode.OK)
            self._transport.disconnect()


async def connect(url: str, received: Received) -> Phone:
    """Open one socket."""
    phone = Phone(received)
    await picows.ws_connect(
        lambda: phone, url, extra_headers=UPGRADE, websocket_handshake_timeout=LET_IN_WITHIN_S
    )
    return phone
