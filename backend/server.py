"""The server: uvicorn, with Tandem's WebSocket protocol and a goodbye before the end."""

import socket
from collections.abc import Sequence

import uvicorn
from litestar import Litestar

from backend.ending import GRACEFUL_WITHIN_S
from backend.gateway.protocol_server import TandemProtocol
from backend.listening import BACKLOG
from backend.settings import Settings
from backend.web.entrance import Entrance
from backend.web.http_protocol import TandemHttp
from protocol.limits import FRAME_BYTES_MAX

PING_INTERVAL_S = 20.0
PING_TIMEOUT_S = 20.0


class TandemServer(uvicorn.Server):
    """A server that says goodbye to its sockets before it closes them."""

    _entrances: Sequence[Entrance] = ()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, but let connections in by entrances of our own."""
        if sockets is None:
            await super().startup()
            return
        await super().startup([])
        arrivals = self._app.state.house.gateway.arrivals
        self._entrances = [Entrance(door, self._new_connection, arrivals) for door in sockets]

    @property
    def _app(self) -> Litestar:
        app = self.config.app  # Not `loaded_app`: uvicorn has put its middleware around that.
        assert isinstance(app, Litestar)  # noqa: S101 - `configure` takes no other
        return app

    def _new_connection(self, has_waited: bool) -> TandemHttp:  # noqa: FBT001 - `MakeProtocol`
        connection = TandemHttp(self.config, self.server_state, self.lifespan.state)
        connection.has_waited = has_waited
        return connection

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nobody new, move sockets away one after the other, then stop as uvicorn does."""
        for server in self.servers:
            server.close()
        for entrance in self._entrances:
            entrance.close()
        # Nobody has been promised anything yet: another node takes them in.
        self._app.state.house.gateway.arrivals.send_all_away()
        await self._app.state.house.leave()
        # Who has asked meanwhile, over a connection that had served for something else.
        self._app.state.house.gateway.arrivals.send_all_away()
        await super().shutdown(sockets)


def configure(app: Litestar, settings: Settings, *, uds: str | None = None) -> uvicorn.Config:
    """Say how uvicorn is to serve the application."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        uds=uds,
        loop="uvloop",
        http=TandemHttp,
        ws=TandemProtocol,
        ws_max_size=FRAME_BYTES_MAX,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_INTERVAL_S,
        ws_ping_timeout=PING_TIMEOUT_S,
        interface="asgi3",
        lifespan="on",
        backlog=BACKLOG,
        access_log=False,
        # At its debug level uvicorn logs whole frames, and in them is what people write; at info
        # the address of everybody who comes.
        log_level="warning" if settings.log_level in {"debug", "info"} else settings.log_level,
        log_config=None,  # `configure_logs` has them go where all logs go
        timeout_graceful_shutdown=GRACEFUL_WITHIN_S,
    )
