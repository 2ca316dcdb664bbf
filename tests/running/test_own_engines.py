"""With DATABASE_URL and REDIS_URL set, nothing is embedded, and several nodes may serve."""

import re
import signal
from pathlib import Path

import httpx

from backend.embedded import prepare_database
from tests.running.conftest import Run, Runs, alive
from tests.support.servers import Servers
from tests.support.until import until

GONE_WITHIN_S = 30.0
_NODES = re.compile(r"^tandem_nodes (\S+)$", re.MULTILINE)


async def started(runs: Runs, data: Path, servers: Servers, *, workers: int = 1) -> Run:
    # A database of its own: what other tests left in theirs is nobody's first run.
    urls = await prepare_database(servers.postgres, "elsewhere")
    return await runs.start(
        data,
        workers=workers,
        DATABASE_URL=urls.app,
        OWNER_DATABASE_URL=urls.owner,
        REDIS_URL=servers.redis_url,
    )


async def test_named_engines_are_used_and_none_is_started(
    runs: Runs, data: Path, servers: Servers
) -> None:
    run = await started(runs, data, servers)
    said = await run.started()
    assert not any(line.startswith(("Starting PostgreSQL", "Starting Redis")) for line in said)
    assert not (data / "postgresql").exists()
    assert not (data / "redis").exists()
    async with httpx.AsyncClient(base_url=run.url) as http:
        assert (await http.get("/readyz")).is_success


async def test_two_nodes_are_one_server_and_end_with_the_run(
    runs: Runs, data: Path, servers: Servers
) -> None:
    run = await started(runs, data, servers, workers=2)
    assert (await run.started())[-1].startswith("Tandem runs on 2 nodes.")

    async def know_each_other() -> bool:
        async with httpx.AsyncClient(base_url=run.url) as http:
            return _NODES.findall((await http.get("/metrics")).text) == ["2.0"]

    await until(know_each_other)
    family = run.family()
    run.signal(signal.SIGKILL)
    await run.ended()
    await until(lambda: not alive(family), within_s=GONE_WITHIN_S)
