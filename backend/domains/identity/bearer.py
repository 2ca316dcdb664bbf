"""Bearers: who asks over HTTP, by the access token in the Authorization header."""

from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from actors.principal import Principal
from backend.domains.identity.authenticating import principal_of_access_token
from backend.domains.identity.identity import Identity
from protocol.common import Unauthenticated


async def principal_of_request(
    request: Request[Any, Any, Any], identity: NamedDependency[Identity]
) -> Principal:
    """Say who asks; a Litestar dependency. Raises Unauthenticated."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    return await principal_of_access_token(token.strip(), identity.clock.now())
