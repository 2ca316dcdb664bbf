"""The endpoint at which sockets arrive: origin, subprotocol, and the wire is taken over."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from litestar.exceptions import HTTPException
from litestar.types import Receive, Scope, Send

from backend.gateway.gateway import Gateway
from backend.gateway.protocol_server import EXTENSION
from backend.gateway.socket import Socket
from backend.gateway.wire import Wire
from protocol.closing import Closing
from protocol.codec import Codec


class SocketEndpoint:
    """An ASGI application for `/v1/socket`."""

    def __init__(self, find_gateway: Callable[[], Gateway], codecs: dict[str, Codec]) -> None:
        """Bring sockets to the gateway that is there when they arrive."""
        self._find_gateway = find_gateway
        self._codecs = codecs

    @property
    def _gateway(self) -> Gateway:
        return self._find_gateway()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection; it lives on after this has returned."""
        anything: Any = scope
        if anything["type"] != "websocket":
            raise HTTPException(status_code=426, headers={"Upgrade": "websocket"})
        await receive()
        offered = anything["subprotocols"]
        chosen = next((name for name in offered if name in self._codecs), None)
        await send({"type": "websocket.accept", "subprotocol": chosen, "headers": []})
        wire: Wire | None = anything["extensions"].get(EXTENSION)
        closing = self._objection(anything, chosen, wire)
        if closing is not None or wire is None or chosen is None:
            code = closing or Closing.OVERLOADED
            await send({"type": "websocket.close", "code": code.value, "reason": code.reason})
            return
        socket = Socket(self._gateway, wire, self._codecs[chosen])
        wire.attach(socket)
        self._gateway.opened(socket)

    def _objection(self, scope: Any, chosen: str | None, wire: Wire | None) -> Closing | None:
        if self._gateway.closing is not None:
            # Whoever came in now would be told nothing, and would not know it.
            return self._gateway.closing
        if chosen is None:
            return Closing.SUBPROTOCOL
        if not self._is_allowed_origin(scope):
            return Closing.ORIGIN
        if wire is None or self._gateway.open_sockets >= self._gateway.settings.sockets_max:
            return Closing.OVERLOADED
        return None

    def _is_allowed_origin(self, scope: Any) -> bool:
        """Let pages of our own and of listed origins in; programs send no origin."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not origin or origin in self._gateway.settings.origins:
            return True
        host = headers.get(b"host", b"").decode("latin-1")
        return not self._gateway.settings.origins and urlsplit(origin).netloc == host
