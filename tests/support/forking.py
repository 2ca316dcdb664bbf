"""Processes that are forked from one which has imported their libraries already.

To import a server takes more than a second of work, and tests start hundreds of them to kill them.
Python's own fork server (`multiprocessing`) keeps one that is ready; what it forks is a process
like any other, with an environment, a console and an end of its own.
"""

import asyncio
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from multiprocessing.context import ForkServerProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.support.preloaded"])


class Forked:
    """A forked process; asked and told like one of `asyncio.subprocess`."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended: its exit code, or less than zero for the signal it died of."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait for its end; returns how it ended."""
        loop = asyncio.get_running_loop()
        while (code := self.returncode) is None:
            has_ended = asyncio.Event()
            loop.add_reader(self._process.sentinel, has_ended.set)
            try:
                await has_ended.wait()
            finally:
                loop.remove_reader(self._process.sentinel)
        return code


def fork(module: str, *arguments: str, environ: Mapping[str, str], log: Path) -> Forked:
    """Run a module as `python -m` does; what it says goes to the end of a file."""
    with log.open("ab") as words:
        said = words.fileno()
        return Forked(_begin(module, arguments, environ, {1: said, 2: said}))


def _begin(
    module: str, arguments: tuple[str, ...], environ: Mapping[str, str], streams: Mapping[int, int]
) -> ForkServerProcess:
    process = _CONTEXT.Process(
        target=_run, args=(module, arguments, dict(environ), _Streams(streams)), daemon=True
    )
    process.start()
    return process


class Talking(Forked):
    """A forked process that is told something and says something, line by line."""

    def __init__(self, process: ForkServerProcess, told: int, said: asyncio.StreamReader) -> None:
        super().__init__(process)
        self._told = told
        self.said = said
        """What it prints; what it complains of as well."""

    def tell(self, line: str) -> None:
        """Give it a line to read."""
        os.write(self._told, f"{line}\n".encode())


@asynccontextmanager
async def talking(
    module: str, *arguments: str, environ: Mapping[str, str]
) -> AsyncIterator[Talking]:
    """Run a module that is talked with; it is killed at the end if it has not ended before."""
    theirs_in, told = os.pipe()
    ours, theirs_out = os.pipe()
    try:
        process = _begin(module, arguments, environ, {0: theirs_in, 1: theirs_out, 2: theirs_out})
    finally:
        os.close(theirs_in)
        os.close(theirs_out)
    said = asyncio.StreamReader()
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(said), os.fdopen(ours, "rb", 0)
    )
    one = Talking(process, told, said)
    try:
        yield one
    finally:
        one.kill()
        await one.wait()
        pipe.close()
        os.close(told)


class _Streams:
    """Open files on their way to another process."""

    def __init__(self, streams: Mapping[int, int]) -> None:
        self._streams = streams
        self.arrived: dict[int, Any] = {}

    def __getstate__(self) -> dict[int, Any]:
        return {number: DupFd(handle) for number, handle in self._streams.items()}

    def __setstate__(self, arrived: dict[int, Any]) -> None:
        self.arrived = arrived

    def take(self) -> None:
        """Have them be the ones of this process."""
        for number, handle in self.arrived.items():
            came = handle.detach()
            os.dup2(came, number)
            os.close(came)
        sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115 - for as long as it lives


def _run(
    module: str, arguments: tuple[str, ...], environ: dict[str, str], streams: _Streams
) -> None:
    streams.take()
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(ROOT)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
