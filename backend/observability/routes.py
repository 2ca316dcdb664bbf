"""The route of the metrics."""

from typing import Any

from litestar import Request, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from backend.observability.collector import registry_of

MEDIA_TYPE = CONTENT_TYPE_LATEST.partition("; charset=")[0]
"""Litestar says by itself how text is written."""


@get("/metrics", operation_id="metrics", tags=["operations"], include_in_schema=False)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Show what this node has counted, for Prometheus; not for the world: keep it inside."""
    house = request.app.state.house
    await house.backlog.refresh()
    return Response(generate_latest(registry_of(house)), media_type=MEDIA_TYPE)


ROUTES: list[Any] = [metrics]
