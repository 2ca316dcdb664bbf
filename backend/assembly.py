"""Assembly: the application object; the only module that knows all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, asgi
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from actors.ports import Clock
from backend import rooms
from backend.console import clock_of, console_routes, following
from backend.gateway.endpoint import SocketEndpoint
from backend.house import House
from backend.observability import routes as metrics
from backend.settings import Settings
from backend.web import health, reference
from backend.web.commands import CommandRoutes
from backend.web.describing import PlainOperation
from backend.web.looking import look_through
from backend.web.principal import provide_principal
from backend.web.problems import HANDLERS
from backend.web.query import parameters_of
from backend.web.request_limit import RequestLimit
from backend.web.run import provide_run

REQUEST_BYTES_MAX = 256 * 1024
# Plain JSON: the pages that Litestar has to show it load their scripts from elsewhere.
SCHEMA = OpenAPIConfig(
    title="Tandem",
    version="1",
    path="/v1/schema",
    components=Components(security_schemes={"bearer": SecurityScheme("http", scheme="bearer")}),
    render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"])],
)


def create_app(settings: Settings, clock: Clock | None = None) -> Litestar:
    """Make the ASGI application; its `state.house` is the node it runs."""
    clock = clock or clock_of(settings)
    house = House(settings, clock)
    sockets = SocketEndpoint(lambda: app.state.house.gateway, house.codecs)
    app = Litestar(
        route_handlers=[
            asgi("/v1/socket", copy_scope=False)(sockets),
            *CommandRoutes(house.vocabulary).handlers(),
            *health.ROUTES,
            *reference.ROUTES,
            *metrics.ROUTES,
            *_room_routes(),
            *console_routes(settings, clock),
        ],
        before_request=look_through,
        dependencies={"principal": Provide(provide_principal), "run": Provide(provide_run)},
        exception_handlers=HANDLERS,
        request_max_body_size=REQUEST_BYTES_MAX,
        lifespan=[_living],
        logging_config=None,  # `configure_logs` says how the process logs
        openapi_config=SCHEMA,
    )
    app.state.parameters = parameters_of(app)
    move_in(app, house)
    return app


def move_in(app: Litestar, house: House) -> None:
    """Have this node be the one an application runs, which serves nothing just now."""
    app.state.house = house
    app.state.identity = house.identity
    app.state.request_limit = RequestLimit(house.settings.gateway, house.clock)


@asynccontextmanager
async def _living(app: Litestar) -> AsyncIterator[None]:
    """Run an application's node until the block ends."""
    house: House = app.state.house
    async with following(house.clock):
        await house.start()
        try:
            yield
        finally:
            await house.stop()


def _room_routes() -> list[Any]:
    routes = [route for module in rooms.modules("routes") for route in module.ROUTES]
    for route in routes:
        route.operation_class = PlainOperation
    return routes
