"""Runs of `tandem run` as a person starts them: real processes in folders of their own."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STARTED_WITHIN_S = 90.0
ENDED_WITHIN_S = 40.0

Process = tuple[int, str]
"""A process id and when it began, for an id alone may come again."""


@dataclass
class Run:
    """One `tandem run`."""

    process: asyncio.subprocess.Process
    port: int
    data: Path

    @property
    def url(self) -> str:
        """Where its page is to be."""
        return f"http://127.0.0.1:{self.port}"

    async def said(self, words: str) -> list[str]:
        """Read what it says up to a line with these words."""
        assert self.process.stdout
        lines: list[str] = []
        async with asyncio.timeout(STARTED_WITHIN_S):
            while not lines or words not in lines[-1]:
                line = (await self.process.stdout.readline()).decode()
                if not line:
                    raise AssertionError(f"It ended. {lines} {await self.complaint()}")
                lines.append(line.strip())
        return lines

    async def started(self) -> list[str]:
        """Read what it says until the page can be opened."""
        return await self.said(self.url)

    async def complaint(self) -> str:
        """Read what it says on standard error until it ends."""
        assert self.process.stderr
        async with asyncio.timeout(ENDED_WITHIN_S):
            return (await self.process.stderr.read()).decode()

    async def ended(self) -> int:
        """Wait for its end; returns the exit code."""
        async with asyncio.timeout(ENDED_WITHIN_S):
            return await self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, and it alone."""
        self.process.send_signal(number)

    def family(self) -> set[Process]:
        """List it and every process below it."""
        return family_of(self.process.pid)


class Runs:
    """Starts runs, and leaves none behind."""

    def __init__(self) -> None:
        self._runs: list[Run] = []

    async def start(
        self, data: Path, port: int | None = None, *, workers: int = 1, **environ: str
    ) -> Run:
        """Start one with this data folder."""
        port = port or free_port()
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("TANDEM_") and not name.endswith(("DATABASE_URL", "REDIS_URL"))
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "backend.cli", "run"),
            *("--port", str(port), "--data", str(data), "--workers", str(workers)),
            cwd=ROOT,
            env=clean | environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        run = Run(process, port, data)
        self._runs.append(run)
        return run

    async def end_all(self) -> None:
        """End whatever a test has left running."""
        for run in self._runs:
            if run.process.returncode is None:
                family = run.family()
                with suppress(ProcessLookupError):
                    run.signal(signal.SIGTERM)
                with suppress(TimeoutError):
                    await run.ended()
                for pid, _ in alive(family):
                    os.kill(pid, signal.SIGKILL)


@pytest.fixture
async def runs() -> AsyncIterator[Runs]:
    """Start runs that end with the test."""
    started = Runs()
    yield started
    await started.end_all()


@pytest.fixture
def data() -> Iterator[Path]:
    """A path for a data folder; every user of the machine may pass to it, its name is short."""
    folder = Path(tempfile.mkdtemp(prefix="running-"))
    folder.chmod(0o711)
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


async def sentence(run: Run) -> str:
    """Wait until a run has refused to start or to go on; returns the one sentence it says."""
    said = await run.complaint()
    assert await run.ended() == 1
    assert said.count("\n") == 1, said
    assert "Traceback" not in said
    return said


def free_port() -> int:
    """Find a port on which nobody listens, below those that the system hands out."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def alive(processes: set[Process]) -> set[Process]:
    """Say which of these processes are still there."""
    return {process for process in processes if _began(process[0]) == process[1]}


def family_of(pid: int) -> set[Process]:
    """List a process and every one below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, look = set[Process](), [pid]
    while look:
        one = look.pop()
        look += children.get(one, [])
        if began := _began(one):
            found.add((one, began))
    return found


def _began(pid: int) -> str | None:
    fields = _stat(pid)
    return fields[19] if fields and fields[0] != "Z" else None


def _stat(pid: int) -> list[str] | None:
    """Read what the kernel says of a process, from its state on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
