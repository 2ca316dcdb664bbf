"""The supervisor: brings everything up in order, watches it, and takes it down again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from backend.embedded import EmbeddedServer
from backend.running.child import Child, Program
from backend.running.engines import engines
from backend.running.errors import EngineEnded, PartEnded, PreparationFailed
from backend.running.folder import DataFolder
from backend.running.keeper import Keeper, stop_all
from backend.running.keys import keys_of
from backend.running.port import check_port
from backend.running.saying import say
from backend.running.serving import until_ready
from backend.running.signals import until_told
from backend.running.stripe import stripe

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
    nodes: int = 1

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.port}"


async def supervise(wishes: Wishes, environ: Mapping[str, str] = os.environ) -> None:
    """Run everything until a signal says stop. Raises RunRefused, EmbeddedError."""
    try:
        await until_told(_run(wishes, environ), ENDING_SIGNALS, _say_ending)
    except asyncio.CancelledError:
        say("Goodbye.")


def _say_ending(is_ending: bool) -> None:  # noqa: FBT001 - its only word
    say("\nStopping at once." if is_ending else "\nStopping. Your data stays.")


async def _run(wishes: Wishes, environ: Mapping[str, str]) -> None:
    folder = DataFolder(wishes.data)
    async with AsyncExitStack() as stack:
        stack.enter_context(folder.held(wishes.address))
        check_port(HOST, wishes.port)
        keys = keys_of(folder.keys)
        found = await stack.enter_async_context(engines(folder, environ, say))
        settings = {
            **keys,
            "TANDEM_PUBLIC_URL": wishes.address,
            **environ,
            **DEMO,
            **found.environ,
            "TANDEM_PORT": str(wishes.port),
        }
        await _prepare(settings, folder)
        mail = await stack.enter_async_context(_mailbox(settings, folder))
        cards = await stack.enter_async_context(stripe(folder, wishes.address, settings, say))
        settings |= {**mail, **cards.environ}
        keepers = await stack.enter_async_context(_processes(wishes, settings, folder))
        say(_welcome(wishes))
        await _watch(keepers, [*found.embedded, *cards.embedded])


async def _prepare(settings: Mapping[str, str], folder: DataFolder) -> None:
    say("Bringing the tables up to date, and Anna and Ben in.")
    log = folder.logs / "prepare.log"
    child = await Child.start(
        Program(name="The preparation", command=["demo"], environ=settings, log=log)
    )
    try:
        code = await child.ended()
    finally:
        await child.stop()
    if code != 0:
        raise PreparationFailed(child.last_line or f"exit code {code}.", log)


@asynccontextmanager
async def _mailbox(
    settings: Mapping[str, str], folder: DataFolder
) -> AsyncIterator[Mapping[str, str]]:
    """Have a mailbox of this machine until the block ends, where no mail server is named."""
    if settings.get("TANDEM_MAIL_URL"):
        yield {}
        return
    with TemporaryDirectory(prefix="tandem-mail-") as place:
        socket = Path(place) / "mail.sock"  # A data folder's path may be too long for a socket.
        program = Program(
            name="The mailbox",
            command=["mailbox", "--folder", str(folder.mail), "--socket", str(socket)],
            environ=settings,
            log=folder.logs / "mailbox.log",
        )
        taking = Keeper(partial(Child.start, program))
        await taking.start()
        keeping = asyncio.create_task(taking.keep())
        try:
            yield {
                "TANDEM_MAIL_URL": f"smtp+unix://{socket}",
                "TANDEM_MAIL_FROM": "Tandem <hello@tandem.example>",
                "TANDEM_MAILBOX": str(folder.mail),
            }
        finally:
            keeping.cancel()
            await taking.stop()


@asynccontextmanager
async def _processes(
    wishes: Wishes, settings: Mapping[str, str], folder: DataFolder
) -> AsyncIterator[Sequence[Keeper]]:
    """Have a server that is ready, and the worker, until the block ends."""
    server = Program(
        name="The server",
        command=["serve", "--workers", str(wishes.nodes)],
        environ=settings,
        log=folder.logs / "server.log",
        address=(HOST, wishes.port),
    )
    worker = Program(
        name="The worker", command=["worker"], environ=settings, log=folder.logs / "worker.log"
    )
    serving = Keeper(partial(Child.start, server), restarts_max=SERVER_RESTARTS_MAX)
    working = Keeper(partial(Child.start, worker))
    try:
        say("Starting the server.")
        first = await serving.start()
        await working.start()
        try:
            await until_ready(first)
        except PartEnded:
            check_port(HOST, wishes.port)  # Somebody may have come before it.
            raise
        yield serving, working
    finally:
        await stop_all([serving, working])


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
    nodes = f" on {wishes.nodes} nodes" if wishes.nodes > 1 else ""
    return (
        f"\n  Tandem runs{nodes}. Open  {wishes.address}\n\n"
        f"  Two phones side by side, Anna's and Ben's. What they do is kept in {wishes.data}.\n"
        "  Ctrl-C ends everything.\n"
    )
