"""Who asks over HTTP: the bearer of an access token."""

from typing import Any

from litestar import Request

from actors.principal import Principal
from protocol.common import Unauthenticated

_SCHEME = "bearer "


async def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    """Say whose request this is, and count it. Raises Unauthenticated, RateLimited."""
    header = request.headers.get("authorization", "")
    if not header.lower().startswith(_SCHEME):
        raise Unauthenticated
    state = request.app.state
    authenticator = state.house.gateway.authenticator
    principal: Principal = await authenticator.principal_of(header[len(_SCHEME) :].strip())
    state.request_limit.take(principal.user_id)
    return principal
