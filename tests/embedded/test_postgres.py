"""An embedded PostgreSQL is a real one: it keeps data, refuses strangers, and stops cleanly."""

import asyncio
import os
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from backend.embedded import (
    EmbeddedPostgres,
    StartFailed,
    StartStalled,
    postgres_program,
    prepare_database,
)
from backend.embedded.predecessor import processes_in


async def ask(postgres: EmbeddedPostgres, query: str) -> object:
    """Ask the server one question as its superuser."""
    connection = await asyncpg.connect(postgres.dsn("postgres"))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def left_behind(folder: Path) -> set[int]:
    """Return the servers still at work in `folder`."""
    return processes_in(folder, EmbeddedPostgres.programs)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server for the tests that only look; it outlives the loop that it was started in."""
    server = EmbeddedPostgres(
        tmp_path_factory.mktemp("shared"), durable=False, settings={"max_connections": "33"}
    )
    asyncio.run(server.start())
    yield server
    asyncio.run(server.stop())


async def test_data_is_kept_across_a_restart(folder: Path) -> None:
    async with EmbeddedPostgres(folder / "pg") as postgres:
        await ask(postgres, "CREATE TABLE promise AS SELECT 'kept' AS word")
    assert not left_behind(folder)

    said: list[str] = []
    async with EmbeddedPostgres(folder / "pg", on_progress=said.append) as postgres:
        assert await ask(postgres, "SELECT word FROM promise") == "kept"
    assert said == ["Starting PostgreSQL."]  # stopped cleanly: nothing to recover


async def test_what_makes_a_commit_durable_is_on_unless_a_test_says_otherwise(folder: Path) -> None:
    for durable, expected in ((True, "on"), (False, "off")):
        async with EmbeddedPostgres(folder / "pg", durable=durable) as postgres:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                assert await ask(postgres, f"SHOW {setting}") == expected
            assert await ask(postgres, "SHOW data_checksums") == "on"


async def test_it_is_version_18_and_sorts_the_same_everywhere(postgres: EmbeddedPostgres) -> None:
    assert str(await ask(postgres, "SHOW server_version")).startswith("18.")
    assert await ask(postgres, "SHOW server_encoding") == "UTF8"
    assert await ask(postgres, "SELECT upper('é')") == "É"
    assert await ask(postgres, "SELECT 'Z' < 'a'") is True


async def test_only_its_own_user_may_come_near(postgres: EmbeddedPostgres) -> None:
    assert await ask(postgres, "SHOW listen_addresses") == ""
    assert await ask(postgres, "SELECT count(*) FROM pg_hba_file_rules") == 1
    assert postgres.place.run.stat().st_mode & 0o077 == 0
    assert (postgres.place.run / ".s.PGSQL.5432").stat().st_mode & 0o077 == 0


async def test_settings_can_be_added(postgres: EmbeddedPostgres) -> None:
    assert await ask(postgres, "SHOW max_connections") == "33"


async def test_what_people_write_stays_out_of_its_log(postgres: EmbeddedPostgres) -> None:
    await ask(postgres, "CREATE TABLE note (text text PRIMARY KEY)")
    for _ in range(2):
        with suppress(asyncpg.UniqueViolationError):
            await ask(postgres, "INSERT INTO note VALUES ('you make me happy')")
    logged = postgres.log.read_text()
    assert "duplicate key" in logged
    assert "happy" not in logged


async def test_ctrl_c_in_our_terminal_does_not_reach_it(postgres: EmbeddedPostgres) -> None:
    assert os.getsid(postgres.pid) != os.getsid(0)


async def test_a_setting_it_does_not_understand_is_named(folder: Path) -> None:
    settings = {"max_connections": "many"}
    with pytest.raises(StartFailed, match=r'"max_connections": "many".*server\.log'):
        await EmbeddedPostgres(folder / "pg", durable=False, settings=settings).start()
    assert not left_behind(folder)


async def test_a_start_without_progress_is_given_up(folder: Path) -> None:
    async with EmbeddedPostgres(folder / "pg", durable=False):
        pass
    (folder / "pg" / "data" / "recovery.signal").touch()  # wait for an archive …
    stuck = EmbeddedPostgres(
        folder / "pg", durable=False, settings={"restore_command": "sleep 60"}
    )  # … that never answers
    stuck.stall_s = 0.5
    with pytest.raises(StartStalled, match=r"done nothing for 0.5 s.*server\.log"):
        await stuck.start()
    assert not left_behind(folder)


async def test_a_cancelled_start_leaves_nothing(folder: Path) -> None:
    said: asyncio.Queue[str] = asyncio.Queue()
    postgres = EmbeddedPostgres(folder / "pg", durable=False, on_progress=said.put_nowait)
    start = asyncio.create_task(postgres.start())
    assert "Preparing" in await said.get()
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not left_behind(folder)
    async with EmbeddedPostgres(folder / "pg", durable=False) as postgres:
        assert await ask(postgres, "SELECT 1") == 1


async def test_whoever_waits_hears_that_it_ended(folder: Path) -> None:
    async with EmbeddedPostgres(folder / "pg", durable=False) as postgres:
        waiting = asyncio.create_task(postgres.ended())
        os.kill(postgres.pid, signal.SIGKILL)
        assert await asyncio.wait_for(waiting, timeout=20) == -signal.SIGKILL


async def test_an_owner_and_an_application_share_a_database(postgres: EmbeddedPostgres) -> None:
    await prepare_database(postgres)
    urls = await prepare_database(postgres)  # a second time changes nothing

    owner = await asyncpg.connect(urls.owner)
    app = await asyncpg.connect(urls.app)
    await owner.execute("CREATE TABLE promise (id int GENERATED ALWAYS AS IDENTITY, word text)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("INSERT INTO promise (word) VALUES ('not granted')")
    await owner.execute("GRANT SELECT, INSERT ON promise TO tandem_app")
    await app.execute("INSERT INTO promise (word) VALUES ('kept')")
    assert await app.fetchval("SELECT word FROM promise") == "kept"
    for forbidden in ("DROP TABLE promise", "CREATE TABLE other (id int)", "CREATE ROLE x"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(forbidden)
    await owner.close()
    await app.close()


async def test_the_url_is_understood_by_the_programs_beside_it(postgres: EmbeddedPostgres) -> None:
    urls = await prepare_database(postgres, "other")
    assert re.search(r"^postgresql://tandem_app@/other\?host=", urls.app)
    psql = await asyncio.create_subprocess_exec(
        *(str(postgres_program("psql")), "-XAtc", "SELECT current_user", urls.app),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await psql.communicate()
    assert output == b"tandem_app\n"
