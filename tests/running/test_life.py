"""The life of runs on one data folder: from the first minutes to every kind of end."""

import asyncio
import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from backend.embedded.waiting import happens
from tests.running.conftest import Process, Run, Runs, alive, sentence
from tests.support.commands import tandem

pytestmark = pytest.mark.asyncio(loop_scope="module")

LATER_START_WITHIN_S = 30.0
GONE_WITHIN_S = 30.0
BACK_WITHIN_S = 30.0


class Life:
    """A data folder and the run that has it; where a test has ended it, the next starts another."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.runs = Runs()
        self.first_said: list[str] = []
        self._run: Run | None = None

    async def running(self) -> Run:
        """Give the run that is there, or start one."""
        if self._run is None or self._run.process.returncode is not None:
            self._run = await self.runs.start(self.data)
            said = await self._run.started()
            self.first_said = self.first_said or said
        return self._run


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def life() -> AsyncIterator[Life]:
    """Begin in a new folder."""
    folder = Path(tempfile.mkdtemp(prefix="running-"))
    folder.chmod(0o711)
    life = Life(folder / "data")
    try:
        await life.running()
        yield life
    finally:
        await life.runs.end_all()
        shutil.rmtree(folder, ignore_errors=True)


async def sign_in(run: Run) -> list[dict[str, Any]]:
    """Sign in as everybody the demo offers."""
    async with httpx.AsyncClient(base_url=run.url) as http:
        people = (await http.get("/v1/demo")).raise_for_status().json()["people"]
        return [
            (await http.post("/v1/auth/sign-in", json=_credentials(person)))
            .raise_for_status()
            .json()
            for person in people
        ]


def _credentials(person: dict[str, str]) -> dict[str, str]:
    return {"email": person["email"], "password": person["password"]}


async def answers(run: Run) -> bool:
    """Ask whether the server is ready."""
    async with httpx.AsyncClient(base_url=run.url) as http:
        try:
            return (await http.get("/readyz")).is_success
        except httpx.TransportError:
            return False


def doing(command: str, family: set[Process]) -> list[int]:
    """Find the processes of a run that do this command of ours."""
    return [
        pid
        for pid, _ in family
        if command.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    ]


async def test_the_first_run_says_what_goes_on_and_keeps_its_secrets(life: Life) -> None:
    await life.running()
    assert any("happens once" in line for line in life.first_said)
    assert stat.S_IMODE((life.data / "keys.json").stat().st_mode) == 0o600


async def test_the_page_is_served_and_closed_to_strangers(life: Life) -> None:
    run = await life.running()
    async with httpx.AsyncClient(base_url=run.url) as http:
        page = (await http.get("/")).raise_for_status()
        module = (await http.get("/page/tandem.js")).raise_for_status()
    for answer in (page, module):
        assert "default-src 'none'; script-src 'self'" in answer.headers["content-security-policy"]
    assert module.headers["content-type"].startswith("text/javascript")


async def test_anna_and_ben_have_a_week_behind_them(life: Life) -> None:
    run = await life.running()
    anna, ben = await sign_in(run)
    assert [one["user"]["profile"]["name"] for one in (anna, ben)] == ["Anna", "Ben"]
    async with httpx.AsyncClient(base_url=run.url) as http:
        http.headers["authorization"] = f"Bearer {ben['access_token']}"
        (ours,) = (await http.get("/v1/relationships")).raise_for_status().json()
        streak = await http.get(f"/v1/relationships/{ours['relationship_id']}/streak")
    assert [member["name"] for member in ours["members"]] == ["Anna", "Ben"]
    assert streak.json()["current_days"] == 6


async def test_anna_is_made_an_admin_while_it_runs(life: Life) -> None:
    run = await life.running()
    anna, _ = await sign_in(run)
    said = await tandem("admin", anna["user"]["email"], "--data", str(life.data))
    assert (said.code, said.err) == (0, "")
    async with httpx.AsyncClient(base_url=run.url) as http:
        http.headers["authorization"] = f"Bearer {anna['access_token']}"
        assert (await http.get("/v1/me")).json()["role"] == "admin"
    await tandem("admin", anna["user"]["email"], "--revoke", "--data", str(life.data))


async def test_a_second_run_beside_the_first_names_it(life: Life) -> None:
    first = await life.running()
    said = await sentence(await life.runs.start(life.data))
    assert f"process {first.process.pid}" in said
    assert first.url in said
    assert await answers(first)


async def test_a_server_that_dies_is_started_again(life: Life) -> None:
    run = await life.running()
    (server,) = doing("serve", run.family())
    os.kill(server, signal.SIGKILL)
    await run.said("The server ended (signal 9); starting it again")
    async with asyncio.timeout(BACK_WITHIN_S):
        while not await answers(run):
            assert run.process.returncode is None
    assert doing("serve", run.family()) != [server]


async def test_a_stopped_run_leaves_nothing_and_the_next_one_finds_everything(life: Life) -> None:
    run = await life.running()
    people = await sign_in(run)
    family = run.family()
    run.signal(signal.SIGTERM)
    assert (await run.said("Goodbye"))[-1] == "Goodbye."
    assert await run.ended() == 0
    assert not alive(family)

    began = time.monotonic()
    later = await life.running()
    assert time.monotonic() - began < LATER_START_WITHIN_S
    assert [one["user"]["id"] for one in await sign_in(later)] == [
        one["user"]["id"] for one in people
    ]


async def test_a_killed_run_takes_everything_with_it_and_the_next_one_starts(life: Life) -> None:
    run = await life.running()
    family = run.family()
    assert len(family) > 4  # the run, PostgreSQL with its own, Redis, the server
    run.signal(signal.SIGKILL)
    await run.ended()
    assert await happens(lambda: not alive(family), within_s=GONE_WITHIN_S), alive(family)
    assert await answers(await life.running())


async def test_a_database_that_dies_ends_the_run_with_a_sentence(life: Life) -> None:
    run = await life.running()
    family = run.family()
    os.kill(int((life.data / "postgresql" / "server.pid").read_text()), signal.SIGKILL)
    assert "PostgreSQL has ended" in await sentence(run)
    assert not alive(family)


async def test_ctrl_c_in_the_middle_of_the_first_start_leaves_nothing(
    life: Life, data: Path
) -> None:
    run = await life.runs.start(data)
    await run.said("Preparing a new PostgreSQL database")
    family = run.family()
    run.signal(signal.SIGINT)
    assert await run.ended() == 0
    assert not alive(family)
    assert not (data / "postgresql" / "data").exists()
