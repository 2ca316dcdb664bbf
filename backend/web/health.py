"""Health: whether the process lives, and whether it can do its work."""

import asyncio
from typing import Any

import asyncpg
import msgspec
from litestar import Request, Response, get

from backend.persistence.database import fetch

READY_WITHIN_S = 2.0


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What is well and what is not."""

    status: str
    database: str = "unknown"
    ownership: str = "unknown"


@get("/healthz", operation_id="healthz", tags=["operations"], sync_to_thread=False)
def healthz() -> Health:
    """Tell that the process lives; restart it when this does not answer."""
    return Health(status="alive")


@get("/readyz", operation_id="readyz", tags=["operations"])
async def readyz(request: Request[Any, Any, Any]) -> Response[Health]:
    """Tell whether this node can serve; send it no traffic while it answers 503."""
    house = request.app.state.house
    database = "away"
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            await fetch("SELECT 1")
            database = "there"
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        pass
    ownership = "ours" if house.ownership.is_owner else "another node's"
    is_ready = database == "there" and house.ownership.is_owner
    health = Health(
        status="ready" if is_ready else "not ready", database=database, ownership=ownership
    )
    return Response(health, status_code=200 if is_ready else 503)


ROUTES: list[Any] = [healthz, readyz]
