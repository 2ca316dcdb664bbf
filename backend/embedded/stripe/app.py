"""The stand-in's application: the API, the pages, and control."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response
from litestar.di import Provide

from backend.embedded.stripe import (
    checkout,
    ephemeral_key,
    event_log,
    payment_intent,
    promotion_code,
    setup_intent,
    subscribing,
)
from backend.embedded.stripe.api_door import api_door
from backend.embedded.stripe.control import ROUTER
from backend.embedded.stripe.errors import ApiError
from backend.embedded.stripe.hosted import PAGES
from backend.embedded.stripe.sheet import SHEET
from backend.embedded.stripe.stand_in import StandIn

OPERATIONS = (
    checkout,
    ephemeral_key,
    event_log,
    payment_intent,
    promotion_code,
    setup_intent,
    subscribing,
)
"""Where operations are declared; those of what these need come with them."""


def create_app(stand_in: StandIn) -> Litestar:
    """Make the application; while it lives, the stand-in works."""

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        await stand_in.start()
        try:
            yield
        finally:
            await stand_in.stop()

    def provide() -> StandIn:
        return stand_in

    async def changed(_response: Response[Any]) -> Response[Any]:
        stand_in.changed()
        return _response

    app = Litestar(
        route_handlers=[api_door, ROUTER, *PAGES, *SHEET],
        dependencies={"stand_in": Provide(provide, sync_to_thread=False)},
        exception_handlers={ApiError: _as_stripes},
        after_request=changed,
        lifespan=[lifespan],
        logging_config=None,
        openapi_config=None,
    )
    app.state.stand_in = stand_in
    return app


def _as_stripes(_request: Request[Any, Any, Any], problem: ApiError) -> Response[Any]:
    return Response({"error": problem.body}, status_code=problem.status)
