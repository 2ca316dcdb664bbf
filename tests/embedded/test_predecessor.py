"""A run that was killed costs the next one nothing: neither its data nor its start."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio

from backend.embedded import EmbeddedPostgres, EmbeddedRedis, FolderInUse
from backend.embedded.predecessor import processes_in
from backend.embedded.waiting import happens
from tests.embedded.conftest import Run

SERVERS = EmbeddedPostgres.programs | EmbeddedRedis.programs
StartRun = Callable[..., Run]


async def check_data(folder: Path, *, said: list[str] | None = None) -> None:
    """Start both servers anew and find in them what the earlier run wrote."""
    tell = said.append if said is not None else (lambda _sentence: None)
    async with EmbeddedPostgres(folder / "postgresql", on_progress=tell) as postgres:
        connection = await asyncpg.connect(postgres.dsn("postgres"))
        assert await connection.fetchval("SELECT count(*) FROM kept") == 100_000
        await connection.close()
    async with (
        EmbeddedRedis(folder / "redis", on_progress=tell) as server,
        redis.asyncio.Redis.from_url(server.url) as client,
    ):
        assert await client.get("kept") == b"yes"


async def test_a_second_run_is_refused_while_the_first_lives(
    folder: Path, start_run: StartRun
) -> None:
    first = start_run()
    for second in (EmbeddedPostgres(folder / "postgresql"), EmbeddedRedis(folder / "redis")):
        with pytest.raises(FolderInUse, match=rf"in use by process {first.process.pid}\b"):
            await second.start()
    assert processes_in(folder, SERVERS) >= set(first.server_pids.values())  # and left alone


async def test_ctrl_c_ends_both_servers(folder: Path, start_run: StartRun) -> None:
    run = start_run()
    os.killpg(run.process.pid, signal.SIGINT)  # as a terminal sends it: to all in the group
    assert run.process.stdout
    assert run.process.stdout.read() == "stopped\n"
    assert run.process.wait(timeout=20) == 0
    assert not processes_in(folder, SERVERS)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
async def test_servers_end_with_a_killed_run(folder: Path, start_run: StartRun) -> None:
    start_run().kill()
    assert await happens(lambda: not processes_in(folder, SERVERS), within_s=20)
    said: list[str] = []
    await check_data(folder, said=said)
    assert said == ["Starting PostgreSQL.", "Starting Redis."]  # each had ended properly


async def test_servers_that_outlive_a_killed_run_are_ended_first(
    folder: Path, start_run: StartRun
) -> None:
    start_run("--outlived").kill()
    said: list[str] = []
    await check_data(folder, said=said)
    assert [sentence for sentence in said if "earlier run" in sentence] == [
        "PostgreSQL of an earlier run is still there; ending it first.",
        "Redis of an earlier run is still there; ending it first.",
    ]


async def test_a_killed_server_recovers_and_says_so(folder: Path, start_run: StartRun) -> None:
    run = start_run()
    for pid in run.server_pids.values():
        os.kill(pid, signal.SIGKILL)
    run.kill()
    said: list[str] = []
    await check_data(folder, said=said)
    assert any("recover" in sentence for sentence in said)


async def test_another_process_with_its_recorded_id_does_not_hinder(folder: Path) -> None:
    async with EmbeddedPostgres(folder / "pg", durable=False) as postgres:
        record = (postgres.place.data / "postmaster.pid").read_text()
        old_pid = postgres.pid
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        recycled = record.replace(str(old_pid), str(bystander.pid), 1)
        (folder / "pg" / "data" / "postmaster.pid").write_text(recycled)
        (folder / "pg" / "server.pid").write_text(str(bystander.pid))
        async with EmbeddedPostgres(folder / "pg", durable=False):
            assert bystander.poll() is None  # not ours, so not touched
