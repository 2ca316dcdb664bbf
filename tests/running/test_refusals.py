"""What keeps a run from starting is one sentence on standard error and an exit code."""

import os
import socket
from pathlib import Path

import pytest

from backend.cli import main
from tests.running.conftest import Runs, sentence


async def test_a_port_in_use_is_named_before_anything_is_made(runs: Runs, data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = await sentence(await runs.start(data, port))
    assert f"Port {port} cannot be used" in said
    assert not (data / "postgresql").exists()


def test_no_folder_at_all_is_not_taken_for_this_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--data", ""]) != 0
    assert "DATA names the folder for all data, and is empty." in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "serve"])
@pytest.mark.parametrize("workers", ["0", "65", "-1", "two", ""])
def test_a_wrong_number_of_nodes_is_a_sentence(
    capsys: pytest.CaptureFixture[str], command: str, workers: str
) -> None:
    assert main([command, f"--workers={workers}"]) != 0
    said = capsys.readouterr().err
    assert f"is a number from 1 to 64, not {workers!r}." in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize("name", ["REDIS_URL", "TANDEM_JOBS_REDIS_URL"])
def test_a_redis_that_cannot_be_read_is_named_without_its_password(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str, name: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/tandem")
    monkeypatch.setenv(name, "redis://:hush@127.0.0.1:99999/0")
    assert main([command]) != 0
    said = capsys.readouterr().err
    assert f"The setting {name} is wrong" in said
    assert said.count("\n") == 1
    assert "hush" not in said


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_with_a_redis_and_without_the_key_is_told_to_have_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/tandem")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.delenv("TANDEM_HASH_KEY", raising=False)
    assert main(["serve", f"--workers={workers}"]) != 0
    said = capsys.readouterr().err
    assert "The setting TANDEM_HASH_KEY is missing" in said
    assert said.count("\n") == 1


async def test_a_folder_that_cannot_be_made_is_named(runs: Runs, data: Path) -> None:
    data.parent.joinpath("file").write_text("no folder")
    said = await sentence(await runs.start(data.parent / "file" / "data"))
    assert f"The data folder {data.parent / 'file' / 'data'} cannot be used" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_is_closed_to_us_is_named(runs: Runs, data: Path) -> None:
    data.mkdir(mode=0o500)
    said = await sentence(await runs.start(data))
    assert f"The data folder {data} cannot be used: permission denied" in said


async def test_damaged_secrets_are_named_and_left_as_they_are(runs: Runs, data: Path) -> None:
    data.mkdir(mode=0o711)
    (data / "keys.json").write_text("{half")
    said = await sentence(await runs.start(data))
    assert f"The secrets in {data / 'keys.json'} cannot be read" in said
    assert (data / "keys.json").read_text() == "{half"


async def test_a_database_that_is_away_is_named_without_its_password(
    runs: Runs, data: Path
) -> None:
    url = "postgresql://tandem:hush@127.0.0.1:1/tandem"
    said = await sentence(await runs.start(data, DATABASE_URL=url))
    assert "The database at 127.0.0.1:1 cannot be used" in said
    assert "hush" not in said


async def test_a_redis_that_is_away_is_named_without_its_password(runs: Runs, data: Path) -> None:
    said = await sentence(await runs.start(data, REDIS_URL="redis://:hush@127.0.0.1:1/0"))
    assert "The Redis at 127.0.0.1:1 cannot be used" in said
    assert "hush" not in said
