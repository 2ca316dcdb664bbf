"""The routes of what is seen: the metrics of one node, and how all nodes are."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from actors.principal import Principal
from backend.cluster.state import ClusterState
from backend.gateway.calls import check_role
from backend.observability.collector import registry_of
from backend.web.describing import AdminOperation
from protocol.messages import Role

MEDIA_TYPE = CONTENT_TYPE_LATEST.partition("; charset=")[0]
"""Litestar says by itself how text is written."""


@get("/metrics", operation_id="metrics", tags=["operations"], include_in_schema=False)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Show what this node has counted, for Prometheus; not for the world: keep it inside."""
    house = request.app.state.house
    await house.backlog.refresh()
    return Response(generate_latest(registry_of(house)), media_type=MEDIA_TYPE)


@get(
    "/v1/cluster",
    operation_id="cluster",
    operation_class=AdminOperation,
    tags=["operations"],
    security=[{"bearer": []}],
    cache_control=CacheControlHeader(no_store=True),
)
async def cluster(
    request: Request[Any, Any, Any], principal: NamedDependency[Principal]
) -> ClusterState:
    """See how every node is, at most a second ago; for admins."""
    check_role(Role.ADMIN, principal)
    return await state_of_cluster(request)


async def state_of_cluster(request: Request[Any, Any, Any]) -> ClusterState:
    """Ask all nodes how they are, for whoever was let in."""
    state: ClusterState = await request.app.state.house.survey.show()
    return state


ROUTES: list[Any] = [metrics, cluster]
