"""An embedded Redis keeps jobs, forgets nothing for lack of room, and is reached by arq."""

from pathlib import Path

import arq
import pytest
import redis.asyncio
from arq.connections import RedisSettings

from backend.embedded import EmbeddedRedis, FolderInUse, ServerMissing, StartFailed, programs
from backend.embedded.predecessor import processes_in


def connect(server: EmbeddedRedis) -> redis.asyncio.Redis:
    """Return a client; leaving it closes it."""
    return redis.asyncio.Redis.from_url(server.url)  # type: ignore[no-any-return]


async def test_a_durable_one_keeps_its_data_and_another_forgets_it(folder: Path) -> None:
    for durable, expected in ((True, b"kept"), (False, None)):
        path = folder / str(durable)
        async with EmbeddedRedis(path, durable=durable) as server, connect(server) as client:
            await client.set("promise", "kept")
        assert not processes_in(folder, EmbeddedRedis.programs)
        async with EmbeddedRedis(path, durable=durable) as server, connect(server) as client:
            assert await client.get("promise") == expected


async def test_it_is_closed_to_others_and_refuses_rather_than_forgets(folder: Path) -> None:
    async with EmbeddedRedis(folder / "redis") as server:
        socket = server.place.run / "redis.sock"
        assert socket.stat().st_mode & 0o077 == 0
        async with connect(server) as client:
            assert (await client.config_get("port")) == {"port": "0"}
            assert (await client.config_get("maxmemory-policy")) == {
                "maxmemory-policy": "noeviction"
            }


async def test_arq_reaches_it_by_its_url(folder: Path) -> None:
    async with EmbeddedRedis(folder / "redis", durable=False) as server:
        pool = await arq.create_pool(RedisSettings.from_dsn(server.url))
        job = await pool.enqueue_job("settle", 7)
        assert job
        assert [queued.args for queued in await pool.queued_jobs()] == [(7,)]
        await pool.aclose()


async def test_a_second_start_on_the_same_folder_is_refused(folder: Path) -> None:
    async with EmbeddedRedis(folder / "redis", durable=False):
        with pytest.raises(FolderInUse):
            await EmbeddedRedis(folder / "redis", durable=False).start()


async def test_a_setting_it_does_not_understand_is_said(folder: Path) -> None:
    with pytest.raises(StartFailed, match=r"Redis did not start: .*server\.log"):
        await EmbeddedRedis(folder / "redis", settings={"maxmemory": "much"}).start()


async def test_a_program_that_this_machine_cannot_execute_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_package_folder", lambda _name: None)
    monkeypatch.setenv("PATH", str(folder))
    (folder / "redis-server").write_bytes(b"\x7fELF for another machine")
    (folder / "redis-server").chmod(0o755)
    with pytest.raises(StartFailed, match=r"cannot execute .*redis-server \(Exec format error\)"):
        await EmbeddedRedis(folder / "redis").start()


async def test_without_a_program_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_package_folder", lambda _name: None)
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(ServerMissing, match="Install redis-server or valkey-server"):
        await EmbeddedRedis(folder / "redis").start()


def test_a_program_on_the_path_is_taken_where_the_package_does_not_fit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_package_folder", lambda _name: None)
    valkey = folder / "valkey-server"
    valkey.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(folder))
    assert programs.redis_program() == valkey.resolve()
