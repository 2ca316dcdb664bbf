"""The stand-in as a process: on this machine only, keeping what it should, leaving nothing."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stripe import StripeClient

from backend.embedded import FolderInUse, StartFailed
from backend.embedded.predecessor import processes_in
from backend.embedded.stripe import SECRET_KEY, EmbeddedStripe, Endpoint
from backend.integrations.stripe_api import (
    StripeRequestWrong,
    StripeSettings,
    open_stripe,
    stripe_facts,
)
from tests.stripe.words import new_key, pay
from tests.support.processes import free_port
from tests.support.until import until

ROOT = Path(__file__).parents[2]
LISTENING, LOOPBACK = "0A", "0100007F"
WEBHOOK_SECRET = "whsec_nobody"  # noqa: S105 - of an endpoint where nobody is
ITS_STORE = Path("/tmp/localstripe.pickle")  # noqa: S108 - where localstripe has it by itself
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


@asynccontextmanager
async def started(folder: Path, *, durable: bool = True) -> AsyncIterator[StripeClient]:
    """Start one and speak to it."""
    async with (
        EmbeddedStripe(folder, durable=durable) as server,
        open_stripe(StripeSettings(secret_key=SECRET_KEY, api_base=server.url)) as client,
    ):
        yield client


def theirs(folder: Path) -> set[int]:
    """List the processes that work there."""
    return processes_in(folder, EmbeddedStripe.programs)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder where nobody is at work any more when a test has ended, however it did."""
    yield tmp_path
    for pid in theirs(tmp_path):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def listens_at(pid: int) -> set[str]:
    """List the addresses a process listens at, as the kernel writes them."""
    links = [entry.readlink().name for entry in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == LISTENING and rest[5] in inodes:
                found.add(local.partition(":")[0])
    return found


@dataclass
class Kept:
    """What a run has left behind."""

    folder: Path
    anna: str = ""
    card: str = ""
    paid: str = ""
    gone: str = ""


ANNA: Any = {"email": "anna@tandem.example"}
ONCE: Any = {"idempotency_key": "anna, once"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A folder in which a run was, in which Anna has paid and somebody else was forgotten."""
    found = Kept(tmp_path_factory.mktemp("kept") / "stripe")

    async def run() -> None:
        async with EmbeddedStripe(found.folder) as server:
            await server.control.deliver_to(
                Endpoint(url="http://127.0.0.1:9", secrets=[WEBHOOK_SECRET], tries_max=1)
            )
            settings = StripeSettings(secret_key=SECRET_KEY, api_base=server.url)
            async with open_stripe(settings) as client:
                found.anna = (await client.v1.customers.create_async(ANNA, ONCE)).id
                paid = await pay(client, customer=found.anna, setup_future_usage="off_session")
                found.paid, found.card = str(paid.latest_charge), str(paid.payment_method)
                found.gone = (await client.v1.customers.create_async({}, new_key())).id
                await client.v1.customers.delete_async(found.gone)

    asyncio.run(run())
    return found


async def test_what_was_told_is_still_known_after_a_restart(kept: Kept) -> None:
    async with started(kept.folder) as client:
        again = await pay(client, kept.card, customer=kept.anna, off_session=True)
        charges = await client.v1.charges.list_async({"customer": kept.anna})
        assert [one.id for one in charges.data] == [again.latest_charge, kept.paid]
        assert (await client.v1.customers.create_async(ANNA, ONCE)).id == kept.anna
        assert (await client.v1.customers.retrieve_async(kept.gone)).deleted


async def test_no_secret_stands_in_its_files_and_nobody_else_may_open_them(kept: Kept) -> None:
    paths = [path for path in (kept.folder / "data").rglob("*") if path.is_file()]
    written = b"".join(path.read_bytes() for path in paths)
    assert kept.anna.encode() in written
    for secret in (SECRET_KEY, WEBHOOK_SECRET):
        assert secret.encode() not in written
    for path in paths:
        assert path.stat().st_mode & 0o077 == 0


async def test_what_is_not_kept_begins_with_nothing_and_leaves_nothing(kept: Kept) -> None:
    def all_files() -> dict[Path, int]:
        left = [path for path in (kept.folder / "data").rglob("*") if path.is_file()]
        left = [path for path in left if path.suffix in {".json", ".pickle"}]
        return {path: path.stat().st_mtime_ns for path in [*left, ITS_STORE] if path.exists()}

    before = all_files()
    async with started(kept.folder, durable=False) as client:
        with pytest.raises(StripeRequestWrong), stripe_facts():
            await client.v1.customers.retrieve_async(kept.anna)
        await pay(client)
    assert not theirs(kept.folder)
    assert all_files() == before


async def test_what_cannot_be_read_any_more_is_laid_aside(folder: Path) -> None:
    unreadable = folder / "stripe" / "data" / "stand-in.json"
    unreadable.parent.mkdir(parents=True)
    unreadable.write_text(
        '{"account": {"tables": {"charge": [{"id": 7}]}, "deleted": {}}, "answers": {}}'
    )
    async with started(folder / "stripe") as client:
        assert (await client.v1.charges.list_async()).data == []
    assert unreadable.with_suffix(".unreadable").exists()


@linux_only
async def test_nobody_but_this_machine_can_come_near(stand_in: EmbeddedStripe) -> None:
    pids = theirs(stand_in.place.folder)
    assert len(pids) == 2
    for pid in pids:
        assert listens_at(pid) == {LOOPBACK}


async def test_one_run_at_a_time_has_the_folder(stand_in: EmbeddedStripe) -> None:
    with pytest.raises(FolderInUse):
        await EmbeddedStripe(stand_in.place.folder).start()


async def test_a_port_that_somebody_has_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(StartFailed, match=f"port {port}: another program listens there"):
            await EmbeddedStripe(folder / "stripe", settings={"port": port}).start()
    assert not theirs(folder)


@linux_only
async def test_a_run_that_is_killed_takes_both_with_it(folder: Path) -> None:
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, str(Path(__file__).with_name("run_and_wait.py")), str(folder / "s")),
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert run.stdout
    assert int(await run.stdout.readline()) in theirs(folder)
    assert len(theirs(folder)) == 2
    run.kill()
    await run.wait()
    await until(lambda: not theirs(folder))


@linux_only
async def test_without_localstripe_it_ends_and_says_so(folder: Path) -> None:
    async with EmbeddedStripe(folder / "stripe", durable=False) as server:
        (localstripe,) = theirs(folder) - {server.pid}
        os.kill(localstripe, signal.SIGKILL)
        async with asyncio.timeout(30):
            assert await server.ended() == 1


async def test_it_can_be_started_by_hand_and_listens_where_it_is_told(folder: Path) -> None:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.embedded.stripe", str(folder), "--port", str(port)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    url = (await process.stdout.readline()).decode().strip()
    assert url == f"http://127.0.0.1:{port}"
    async with open_stripe(StripeSettings(secret_key=SECRET_KEY, api_base=url)) as client:
        assert (await pay(client)).status == "succeeded"
    process.terminate()
    async with asyncio.timeout(30):
        assert await process.wait() == 0
    assert not theirs(folder)
