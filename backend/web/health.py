"""Health: whether the process lives, and whether it can do its work."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get
from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.persistence.answering import AWAY
from backend.persistence.database import fetch

READY_WITHIN_S = 2.0


class Health(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is well and what is not; left out is what was not looked at."""

    status: str
    """`alive`; or `ready`, `degraded` (it serves, without something), `not ready`."""
    database: str = "unknown"
    lease: str = "unknown"
    redis: str = "unknown"
    without: tuple[str, ...] | None = None
    """What does not work while it is degraded."""


WITHOUT_REDIS = ("jobs wait in their table", "limits are counted on each node alone")


@get("/healthz", operation_id="healthz", tags=["operations"], sync_to_thread=False)
def healthz() -> Health:
    """Tell that the process lives; restart it when this does not answer."""
    return Health(status="alive")


@get("/readyz", operation_id="readyz", tags=["operations"])
async def readyz(request: Request[Any, Any, Any]) -> Response[Health]:
    """Tell whether this node can serve; send it no traffic while it answers 503.

    Without Redis it can, but not all of it: then it is `degraded`, and says what is missing.
    """
    house = request.app.state.house
    database, redis = await asyncio.gather(_database(), _redis(house.redis))
    has_lease = house.membership.is_sure
    is_ready = database == "there" and has_lease and not house.cluster.isolation.is_cut_off
    is_whole = redis != "away"
    health = Health(
        status=("ready" if is_whole else "degraded") if is_ready else "not ready",
        database=database,
        lease="valid" if has_lease else "run out",
        redis=redis,
        without=None if is_whole else WITHOUT_REDIS,
    )
    return Response(health, status_code=200 if is_ready else 503)


async def _database() -> str:
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            await fetch("SELECT 1")
    except AWAY:
        return "away"
    return "there"


async def _redis(redis: Redis | None) -> str:
    if redis is None:
        return "not used"
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            await redis.ping()
    except (OSError, RedisError, TimeoutError):
        return "away"
    return "there"


ROUTES: list[Any] = [healthz, readyz]
