"""The supervisor: brings everything up in order, watches it, and takes it down again."""

import asyncio
import importlib.util
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.embedded import EmbeddedServer
from backend.running.child import Child
from backend.running.engines import engines
from backend.running.errors import EngineEnded, PartEnded, PreparationFailed
from backend.running.folder import DataFolder
from backend.running.keeper import Keeper, stop_all
from backend.running.keys import keys_of
from backend.running.port import check_port
from backend.running.saying import say
from backend.running.serving import until_ready

HOST = "127.0.0.1"
SERVER_RESTARTS_MAX = 5
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DEMO = {
    "TANDEM_HOST": HOST,
    "TANDEM_IS_DEMO": "true",
    # Two phones on one page need no slow goodbye.
    "TANDEM_DRAIN_S": "0.2",
}


@dataclass(frozen=True)
class Wishes:
    """What the person who starts the run decides."""

    port: int
    data: Path
    workers: int = 1

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.port}"


async def supervise(wishes: Wishes, environ: Mapping[str, str] = os.environ) -> None:
    """Run everything until a signal says stop. Raises RunRefused, EmbeddedError.

    A second signal takes away the time to be gentle.
    """
    loop = asyncio.get_running_loop()
    everything = asyncio.create_task(_run(wishes, environ))
    is_ending = False

    def end() -> None:
        nonlocal is_ending
        say("\nStopping at once." if is_ending else "\nStopping. Your data stays.")
        is_ending = True
        everything.cancel()

    for number in ENDING_SIGNALS:
        loop.add_signal_handler(number, end)
    try:
        await everything
    except asyncio.CancelledError:
        say("Goodbye.")
    finally:
        for number in ENDING_SIGNALS:
            loop.remove_signal_handler(number)


async def _run(wishes: Wishes, environ: Mapping[str, str]) -> None:
    folder = DataFolder(wishes.data)
    async with AsyncExitStack() as stack:
        stack.enter_context(folder.held(wishes.address))
        check_port(HOST, wishes.port)
        keys = keys_of(folder.keys)
        found = await stack.enter_async_context(engines(folder, environ, say))
        settings = {**keys, **environ, **DEMO, **found.environ, "TANDEM_PORT": str(wishes.port)}
        await _prepare(settings, folder)
        keepers = await stack.enter_async_context(_processes(wishes, settings, folder))
        say(_welcome(wishes))
        await _watch(keepers, found.embedded)


async def _prepare(settings: Mapping[str, str], folder: DataFolder) -> None:
    say("Bringing the tables up to date, and Anna and Ben in.")
    child = await Child.start(["demo"], settings, folder.logs / "prepare.log")
    try:
        code = await child.ended()
    finally:
        await child.stop()
    if code != 0:
        raise PreparationFailed(child.log.last_line or f"exit code {code}.", child.log.path)


@asynccontextmanager
async def _processes(
    wishes: Wishes, settings: Mapping[str, str], folder: DataFolder
) -> AsyncIterator[Sequence[Keeper]]:
    """Have a server that is ready, and the workers, until the block ends."""
    log = folder.logs / "server.log"
    server = Keeper("The server", ["serve"], settings, log, restarts_max=SERVER_RESTARTS_MAX)
    keepers = [server, *_workers(wishes.workers, settings, folder)]
    try:
        say("Starting the server.")
        first = await server.start()
        for worker in keepers[1:]:
            await worker.start()
        try:
            await until_ready(first, HOST, wishes.port)
        except PartEnded:
            check_port(HOST, wishes.port)  # Somebody may have come before it.
            raise
        yield keepers
    finally:
        await stop_all(keepers)


def _workers(count: int, settings: Mapping[str, str], folder: DataFolder) -> list[Keeper]:
    if importlib.util.find_spec("backend.commands.worker") is None:
        return []
    return [
        Keeper(f"Worker {number}", ["worker"], settings, folder.logs / f"worker-{number}.log")
        for number in range(1, count + 1)
    ]


async def _watch(keepers: Sequence[Keeper], embedded: Sequence[EmbeddedServer]) -> None:
    """Wait until something ends that must be there. Raises PartEnded."""
    lives: list[Coroutine[Any, Any, None]] = [
        *(keeper.keep() for keeper in keepers),
        *(_outlive(server) for server in embedded),
    ]
    tasks = [asyncio.create_task(life) for life in lives]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()


async def _outlive(server: EmbeddedServer) -> None:
    await server.ended()
    raise EngineEnded(server.name, server.log)


def _welcome(wishes: Wishes) -> str:
    return (
        f"\n  Tandem runs. Open  {wishes.address}\n\n"
        f"  Two phones side by side, Anna's and Ben's. What they do is kept in {wishes.data}.\n"
        "  Ctrl-C ends everything.\n"
    )
