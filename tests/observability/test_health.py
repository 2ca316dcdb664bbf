"""Whether a node says truthfully that it lives and can serve."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from backend.embedded import EmbeddedPostgres, prepare_database
from backend.persistence.migrating import migrate
from tests.support.clock import BEGINNING, FakeClock
from tests.support.node import Node, running_node
from tests.support.servers import NOBODY_THERE, Servers


async def ask(node: Node, path: str) -> tuple[int, dict[str, Any]]:
    """Ask a node how it is."""
    async with httpx.AsyncClient(timeout=15) as client:
        answer = await client.get(f"{node.http_url}{path}")
    return answer.status_code, answer.json()


async def test_a_node_with_everything_is_ready(node: Node) -> None:
    assert (await ask(node, "/healthz"))[1]["status"] == "alive"
    status, health = await ask(node, "/readyz")
    assert status == 200
    assert health == {
        "status": "ready",
        "database": "there",
        "lease": "valid",
        "redis": "there",
    }


async def test_without_redis_it_serves_and_names_what_is_missing(
    servers: Servers, clock: FakeClock
) -> None:
    async with running_node(replace(servers, redis_url=NOBODY_THERE), clock) as node:
        status, health = await ask(node, "/readyz")
    assert (status, health["status"], health["redis"]) == (200, "degraded", "away")
    assert health["without"]


async def test_without_its_database_it_lives_and_is_not_ready(
    servers: Servers, clock: FakeClock, tmp_path_factory: Any
) -> None:
    folder: Path = tmp_path_factory.mktemp("apart", numbered=True)
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    async with EmbeddedPostgres(folder / "pg", durable=False) as postgres:
        urls = await prepare_database(postgres)
        await migrate(urls.owner, now=BEGINNING)
        async with running_node(replace(servers, urls=urls), clock) as node:
            assert (await ask(node, "/readyz"))[0] == 200
            await postgres.stop()
            status, health = await ask(node, "/readyz")
            assert (status, health["status"], health["database"]) == (503, "not ready", "away")
            assert (await ask(node, "/healthz"))[0] == 200
            metrics = await asyncio.wait_for(_metrics(node), 15)
    assert "tandem_connections" in metrics
    assert "tandem_tells_pending" not in metrics


async def _metrics(node: Node) -> str:
    async with httpx.AsyncClient(timeout=15) as client:
        return (await client.get(f"{node.http_url}/metrics")).text
