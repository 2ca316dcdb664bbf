"""The engines of a run: PostgreSQL and Redis, embedded unless the environment names others."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.embedded import (
    EmbeddedPostgres,
    EmbeddedRedis,
    EmbeddedServer,
    Progress,
    prepare_database,
)
from backend.integrations.redis_url import open_redis
from backend.persistence.hosts import connect
from backend.running.errors import DatabaseAway, RedisAway
from backend.running.folder import DataFolder

ANSWERS_WITHIN_S = 10.0


@dataclass(frozen=True)
class Engines:
    """Where they are, and those among them that are ours."""

    environ: Mapping[str, str]
    """The settings that say where."""
    embedded: tuple[EmbeddedServer, ...]


@asynccontextmanager
async def engines(
    folder: DataFolder, environ: Mapping[str, str], on_progress: Progress
) -> AsyncIterator[Engines]:
    """Have both engines until the block ends.

    Raises EmbeddedError, DatabaseAway, RedisAway.
    """
    found = await _named(environ)
    embedded: list[EmbeddedServer] = []
    async with AsyncExitStack() as stack:
        if "DATABASE_URL" not in found:
            postgres = EmbeddedPostgres(folder.postgres, on_progress=on_progress)
            embedded.append(await stack.enter_async_context(postgres))
            urls = await prepare_database(postgres)
            found |= {"DATABASE_URL": urls.app, "OWNER_DATABASE_URL": urls.owner}
        if "REDIS_URL" not in found:
            redis = EmbeddedRedis(folder.redis, on_progress=on_progress)
            embedded.append(await stack.enter_async_context(redis))
            found["REDIS_URL"] = redis.url
        yield Engines(found, tuple(embedded))


async def _named(environ: Mapping[str, str]) -> dict[str, str]:
    """Find the engines that the environment names, and make sure that they answer."""
    found: dict[str, str] = {}
    if database_url := environ.get("DATABASE_URL"):
        owner_url = environ.get("OWNER_DATABASE_URL") or database_url
        await _reach_database(owner_url)
        found |= {"DATABASE_URL": database_url, "OWNER_DATABASE_URL": owner_url}
    if redis_url := environ.get("REDIS_URL"):
        for url in redis_url.split():
            await _reach_redis(url)
        found["REDIS_URL"] = redis_url
    return found


async def _reach_database(url: str) -> None:
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            connection = await connect(url, timeout=ANSWERS_WITHIN_S)
            await connection.close()
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        raise DatabaseAway(_without_secrets(url), _reason(problem)) from None


async def _reach_redis(url: str) -> None:
    try:
        client = open_redis(url, Redis, within_s=ANSWERS_WITHIN_S)
        async with asyncio.timeout(ANSWERS_WITHIN_S), client:
            await client.ping()
    except (OSError, ValueError, RedisError) as problem:
        raise RedisAway(_without_secrets(url), _reason(problem)) from None


def _without_secrets(url: str) -> str:
    """Name the server without the password that the URL may carry."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the address given"
    return f"{parts.hostname or 'the local socket'}{port}"


def _reason(problem: BaseException) -> str:
    if isinstance(problem, TimeoutError):
        return f"it did not answer within {ANSWERS_WITHIN_S:g} s"
    lines = str(problem).splitlines()
    return lines[0].rstrip(".") if lines else type(problem).__name__
