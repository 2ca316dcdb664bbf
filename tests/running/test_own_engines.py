"""With DATABASE_URL and REDIS_URL set, nothing is embedded."""

from pathlib import Path

import httpx

from backend.embedded import prepare_database
from tests.running.conftest import Runs
from tests.support.servers import Servers


async def test_named_engines_are_used_and_none_is_started(
    runs: Runs, data: Path, servers: Servers
) -> None:
    # A database of its own: what other tests left in theirs is nobody's first run.
    urls = await prepare_database(servers.postgres, "elsewhere")
    run = await runs.start(
        data,
        DATABASE_URL=urls.app,
        OWNER_DATABASE_URL=urls.owner,
        REDIS_URL=servers.redis_url,
    )
    said = await run.started()
    assert not any(line.startswith(("Starting PostgreSQL", "Starting Redis")) for line in said)
    assert not (data / "postgresql").exists()
    assert not (data / "redis").exists()
    async with httpx.AsyncClient(base_url=run.url) as http:
        assert (await http.get("/readyz")).is_success
