"""Tandem's WebSocket protocol on uvicorn: messages go straight to the socket that took it over.

uvicorn (0.54) does the handshake, pings, limits and closing. Once an endpoint has attached a
receiver, incoming messages skip the ASGI queue and outgoing frames skip `send`.
"""

import contextlib
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame

from backend.gateway.wire import Receiver

EXTENSION = "tandem.wire"
FRAGMENTS_MAX = 256
"""Pieces of one message: empty ones weigh nothing, so the limit of bytes does not count them."""
_HEADERS_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 31\r\nconnection: close\r\n\r\n"
    b"The headers are not acceptable."
)


class TandemProtocol(WebSocketsSansIOProtocol):
    """A WebSocket connection that an endpoint may take over; it is the endpoint's `Wire`."""

    receiver: Receiver | None = None
    _is_lost = False
    _lost_by: Exception | None = None

    def attach(self, receiver: Receiver) -> None:
        """Hand everything that comes from now on to `receiver`."""
        self.receiver = receiver

    @property
    def is_clogged(self) -> bool:
        """Tell whether the peer reads slower than we write."""
        return not self.writable.is_set()

    def write(self, frame: bytes) -> None:
        """Write a whole WebSocket frame."""
        if not self.close_sent and not self.disconnected:
            self.transport.write(frame)

    def close(self, code: int, reason: str) -> None:
        """Send a close frame after what was written, and wait a while for the answer.

        Then the connection is cut, whatever the peer has not read of it by then.
        """
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        with contextlib.suppress(InvalidState):
            self.conn.send_close(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    # What uvicorn calls.

    def data_received(self, data: bytes) -> None:
        """Take bytes; a handshake that cannot be read is answered, uvicorn would keep silent."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.write(_HEADERS_TOO_LARGE)
            self.transport.close()

    def handle_text(self, event: Frame) -> None:
        """Begin a message; after our goodbye nothing is listened to."""
        if not self.close_sent:
            super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        """Begin a message; after our goodbye nothing is listened to."""
        if not self.close_sent:
            super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        """Go on with a message that comes in pieces."""
        if self.close_sent:
            return
        if len(self.frames) >= FRAGMENTS_MAX:
            self.frames = []
            self.close(1009, "a message in too many pieces")
        else:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answer a ping, unless the peer does not read: its answers would pile up."""
        pong = b"".join(self.conn.data_to_send())
        if not self.is_clogged:
            self.transport.write(pong)
        if self.receiver is not None:
            self.receiver.pinged()

    def handle_pong(self, event: Frame) -> None:
        """Take a pong; also one that nobody asked for counts as a frame."""
        super().handle_pong(event)
        if self.receiver is not None:
            self.receiver.pinged()

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message on."""
        if self.receiver is None:
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if not self.close_sent:
            self.receiver.received(bytes(data), binary=self.curr_msg_data_type == "bytes")

    def resume_writing(self) -> None:
        """Hear that the transport takes more."""
        super().resume_writing()
        if self.receiver is not None:
            self.receiver.drained()

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn's closes in any case
        """Hear that the peer says nothing more; True when it is for us to close the connection.

        Thousands may go in one round of the loop: what can wait is done when the receiver says so.
        """
        if self.receiver is None:
            return False
        self._end()
        return True

    def shutdown(self) -> None:
        """End with the server; what has said goodbye already ends at once."""
        if self._is_lost:
            return  # uvloop refuses to write there; it is let go of in its turn.
        try:
            super().shutdown()
        except InvalidState:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear that the connection is gone."""
        self._lost_by = exc
        if self.receiver is None:
            self._forget()
            return
        self._is_lost = True
        self._end()

    def _end(self) -> None:
        """Let the receiver know; who closes a connection by intention sends a close frame."""
        receiver, self.receiver = self.receiver, None
        self.disconnected = True
        if receiver is not None:
            receiver.lost(said_goodbye=self.conn.close_rcvd is not None)

    def let_go(self) -> None:
        """Close what is left of a connection that has ended, and forget it."""
        if self._is_lost:
            self._forget()
        else:
            # Nobody reads what was written: `close` would wait for it.
            self.transport.abort()

    def _forget(self) -> None:
        super().connection_lost(self._lost_by)
        # It holds the protocol, which holds it: both would wait for a collection.
        self.conn.parser.close()

    async def run_asgi(self) -> None:
        """Run the application; a connection that was taken over outlives it."""
        scope: Any = self.scope
        scope["extensions"][EXTENSION] = self
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except Exception:
            self.logger.exception("the application failed before a socket was taken over")
            self.send_500_response()
        if self.receiver is None and self.close_timer is None:
            self.transport.close()
        # Of the handshake nothing is needed any more, and the scope leads back to us.
        del self.scope, self.request, self.response
