"""A child of ours: one of Tandem's own commands, in a process tied to ours."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import backend
from backend.running.logbook import Logbook

HOUSE = Path(backend.__file__).parents[1]
TIED = Path(__file__).with_name("tied.py")


@dataclass(frozen=True, kw_only=True)
class Program:
    """One of Tandem's own commands, and how it is run."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path | None = None
    """Where what it says goes; left out, where goes what we say."""
    address: tuple[str, int] | None = None
    """Where it answers whether it is ready, if it does."""
    sockets: Sequence[socket.socket] = ()
    """What it has from us, under the same numbers."""
    ends_within_s: float = 12.0


class Child:
    """A running process and what it says; make it by `start`."""

    def __init__(self, program: Program, process: Process) -> None:
        self.program = program
        self._process = process
        self._log = Logbook(program.log) if program.log is not None else None
        self._logging: asyncio.Task[None] | None = None
        if self._log is not None and process.stdout is not None:
            self._logging = asyncio.create_task(self._log.take(process.stdout))

    @classmethod
    async def start(cls, program: Program) -> "Child":
        """Start `tandem <command>`; a Ctrl-C in our terminal does not reach it."""
        environ = program.environ
        paths = [str(HOUSE), *filter(None, [environ.get("PYTHONPATH")])]
        process = await asyncio.create_subprocess_exec(
            # By path, for it must not wait for our package to load before it ties itself.
            *(sys.executable, "-P", str(TIED), *program.command),
            env={**environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"},
            stdin=PIPE,
            stdout=PIPE if program.log is not None else None,
            stderr=STDOUT if program.log is not None else None,
            pass_fds=[one.fileno() for one in program.sockets],
            start_new_session=True,
        )
        return cls(program, process)

    @property
    def last_line(self) -> str:
        """The last thing it said, where we write that down."""
        return self._log.last_line if self._log is not None else ""

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.returncode is not None

    async def ended(self) -> int:
        """Wait for the end, and for its last words; returns the exit code."""
        code = await self._process.wait()
        if self._logging is not None:
            await self._logging
        return code

    async def stop(self) -> bool:
        """Ask the process to end; kill it when it does not, or when there is no more time.

        Returns whether it ended by itself.
        """
        is_killed = False
        try:
            self._send(signal.SIGTERM)
            async with asyncio.timeout(self.program.ends_within_s):
                await self.ended()
        except TimeoutError:
            is_killed = True
        finally:
            self.kill()
        await self.ended()
        return not is_killed

    def _send(self, number: signal.Signals) -> None:
        if not self.has_ended:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    def kill(self) -> None:
        """Kill what is left of it with all it may have started."""
        if not self.has_ended:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
