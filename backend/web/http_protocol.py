"""Tandem's HTTP protocol on uvicorn: a request must come within a time, and its head be small.

uvicorn (0.54) waits for ever for who connects and says nothing, and keeps any number of headers.
When it stops it hangs up on who has just come, unheard.
"""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from backend.gateway.line import Line
from backend.web.waiting import COME_AGAIN, HEAD_BYTES_MAX, has_hung_up

REQUEST_WITHIN_S = 30.0
LAST_REQUEST_WITHIN_S = 1.0
"""So long who had come before the server was told to stop may still ask."""


class TandemHttp(HttpToolsProtocol):
    """An HTTP connection that does not wait for ever."""

    _deadline: TimerHandle | None = None
    _beside_body_bytes = 0
    """What has come of a request and is not its body: its head, its trailer, what parts pieces."""
    _has_asked = False
    _is_last = False
    has_waited = False
    """Whether its turn to become a socket has come already."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless what stands around the body has grown too large."""
        if self._beside_body_bytes > HEAD_BYTES_MAX:
            self.send_400_response("The head or the trailer of the request is too large.")
            return
        self._beside_body_bytes += len(data)
        super().data_received(data)

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; how much of it there may be is the application's to say."""
        # What came in one piece with the beginning of the request was not counted.
        self._beside_body_bytes = max(0, self._beside_body_bytes - len(body))
        super().on_body(body)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection on in its turn; the socket has its own time to say hello."""
        self._came()
        if self.has_waited:
            self._upgrade()
            return
        self.transport.pause_reading()
        arrivals: Line = self.config.app.state.house.gateway.arrivals  # type: ignore[union-attr]
        arrivals.enter(self._upgrade, self._send_away, self._has_gone)

    def _has_gone(self) -> bool:
        """Tell whether the peer is gone: who does not read is not told so by the loop."""
        return self.transport.is_closing() or has_hung_up(self.transport.get_extra_info("socket"))

    def _send_away(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(COME_AGAIN)
            self.transport.close()

    def _upgrade(self) -> None:
        if not self.transport.is_closing():
            super().handle_websocket_upgrade()
            self.transport.resume_reading()
            # The parser holds us, and we it: both would wait for a collection.
            self.parser = None  # type: ignore[assignment]

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a request."""
        super().on_message_begin()
        self._beside_body_bytes = 0
        self._wait()

    def on_headers_complete(self) -> None:
        """Have the head of a request."""
        super().on_headers_complete()
        self._has_asked = True
        if self._is_last and not self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """Have the whole request."""
        self._came()
        super().on_message_complete()

    def shutdown(self) -> None:
        """End with the request under way, or with the one that somebody has come for."""
        if self._has_asked:
            super().shutdown()
            return
        self._came()
        self._is_last = True
        self._deadline = self.loop.call_later(LAST_REQUEST_WITHIN_S, self.transport.close)

    def _wait(self) -> None:
        self._came()
        self._deadline = self.loop.call_later(REQUEST_WITHIN_S, self._too_late)

    def _came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.send_400_response("No whole request came in time.")
