"""What the routes of identity have in common. What answers with secrets is a plain route."""

from typing import Any

from litestar import Request
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.openapi import ResponseSpec

from actors.principal import Principal
from backend.domains.identity.bearer import principal_of_request
from backend.domains.identity.identity import Identity, identity_of

BODY_BYTES_MAX = 16 * 1024
AnyRequest = Request[Any, Any, Any]
PROVING: dict[int, Any] = {401: ResponseSpec(None, description="What was shown opens nothing")}
"""What who is not signed in yet may hear; `/v1/schema` says so."""
Room = NamedDependency[Identity]
Asker = NamedDependency[Principal]

OPEN: dict[str, Any] = {
    "dependencies": {"identity": Provide(identity_of, sync_to_thread=False)},
    "request_max_body_size": BODY_BYTES_MAX,
    "cache_control": CacheControlHeader(no_store=True),
    "tags": ["identity"],
}
"""For who is not signed in."""
SIGNED_IN: dict[str, Any] = {
    **OPEN,
    "dependencies": {**OPEN["dependencies"], "principal": Provide(principal_of_request)},
    "security": [{"bearer": []}],
}
"""For who is."""
