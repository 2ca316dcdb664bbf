"""The stand-in as a process: on this machine only, keeping what it should, leaving nothing."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

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
from tests.support.until import until

ROOT = Path(__file__).parents[2]
LISTENING, LOOPBACK = "0A", "0100007F"
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


async def test_what_was_told_is_still_known_after_a_restart(tmp_path: Path) -> None:
    key = new_key()
    async with started(tmp_path / "stripe") as client:
        anna = await client.v1.customers.create_async({"email": "anna@tandem.example"}, key)
        paid = await pay(client, customer=anna.id, setup_future_usage="off_session")
        gone = await client.v1.customers.create_async({}, new_key())
        await client.v1.customers.delete_async(gone.id)
    async with started(tmp_path / "stripe") as client:
        page = await client.v1.payment_methods.list_async({"customer": anna.id, "type": "card"})
        again = await pay(client, page.data[0].id, customer=anna.id, off_session=True)
        charges = await client.v1.charges.list_async({"customer": anna.id})
        assert [one.id for one in charges.data] == [again.latest_charge, paid.latest_charge]
        same = await client.v1.customers.create_async({"email": "anna@tandem.example"}, key)
        assert same.id == anna.id
        assert (await client.v1.customers.retrieve_async(gone.id)).deleted


async def test_what_is_not_kept_leaves_nothing(tmp_path: Path) -> None:
    before = ITS_STORE.stat().st_mtime_ns if ITS_STORE.exists() else None
    async with started(tmp_path / "stripe", durable=False) as client:
        anna = await client.v1.customers.create_async({}, new_key())
    assert not theirs(tmp_path)
    assert not list(tmp_path.rglob("stand-in.*"))
    async with started(tmp_path / "stripe", durable=False) as client:
        with pytest.raises(StripeRequestWrong), stripe_facts():
            await client.v1.customers.retrieve_async(anna.id)
    assert (ITS_STORE.stat().st_mtime_ns if ITS_STORE.exists() else None) == before


async def test_what_cannot_be_read_any_more_is_laid_aside(tmp_path: Path) -> None:
    async with started(tmp_path / "stripe") as client:
        await pay(client)
    kept = tmp_path / "stripe" / "data" / "stand-in.json"
    kept.write_text('{"account": {"tables": {"charge": [{"id": 7}]}, "deleted": {}}, "answers": {}}')
    async with started(tmp_path / "stripe") as client:
        assert (await client.v1.charges.list_async()).data == []
    assert kept.with_suffix(".unreadable").exists()


@linux_only
async def test_nobody_but_this_machine_can_come_near(stand_in: EmbeddedStripe) -> None:
    pids = theirs(stand_in.place.folder)
    assert len(pids) == 2
    for pid in pids:
        assert listens_at(pid) == {LOOPBACK}


async def test_no_secret_stands_in_its_files(tmp_path: Path) -> None:
    async with EmbeddedStripe(tmp_path / "stripe") as server:
        await server.control.deliver_to(
            Endpoint(url="http://127.0.0.1:9", secrets=["whsec_nobody"], tries_max=1)
        )
        settings = StripeSettings(secret_key=SECRET_KEY, api_base=server.url)
        async with open_stripe(settings) as client:
            await client.v1.customers.create_async({}, new_key())
            with pytest.raises(StripeRequestWrong), stripe_facts():
                await client.v1.customers.update_async("cus_nobody", {"name": "Anna"}, new_key())
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"cus_" in written
    for secret in (SECRET_KEY, "whsec_nobody"):
        assert secret.encode() not in written
    for path in (tmp_path / "stripe" / "data").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


async def test_one_run_at_a_time_has_the_folder(stand_in: EmbeddedStripe) -> None:
    with pytest.raises(FolderInUse):
        await EmbeddedStripe(stand_in.place.folder).start()


async def test_a_port_that_somebody_has_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(StartFailed, match=f"port {port}: another program listens there"):
            await EmbeddedStripe(tmp_path / "stripe", settings={"port": port}).start()
    assert not theirs(tmp_path)
    async with EmbeddedStripe(tmp_path / "stripe", settings={"port": port}) as server:
        assert server.url == f"http://127.0.0.1:{port}"


@linux_only
async def test_a_run_that_is_killed_takes_both_with_it(tmp_path: Path) -> None:
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, str(Path(__file__).with_name("run_and_wait.py")), str(tmp_path / "s")),
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert run.stdout
    assert int(await run.stdout.readline()) in theirs(tmp_path)
    assert len(theirs(tmp_path)) == 2
    run.kill()
    await run.wait()
    await until(lambda: not theirs(tmp_path))


@linux_only
async def test_without_localstripe_it_ends_and_says_so(tmp_path: Path) -> None:
    async with EmbeddedStripe(tmp_path / "stripe", durable=False) as server:
        (localstripe,) = theirs(tmp_path) - {server.pid}
        os.kill(localstripe, signal.SIGKILL)
        async with asyncio.timeout(30):
            assert await server.ended() == 1


async def test_it_can_be_started_by_hand(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.embedded.stripe", str(tmp_path)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    url = (await process.stdout.readline()).decode().strip()
    async with open_stripe(StripeSettings(secret_key=SECRET_KEY, api_base=url)) as client:
        assert (await pay(client)).status == "succeeded"
    process.terminate()
    async with asyncio.timeout(30):
        assert await process.wait() == 0
    assert not theirs(tmp_path)
