"""A child of the run: one of Tandem's own commands, in a process tied to ours."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import backend
from backend.running.logbook import Logbook

ENDS_WITHIN_S = 12.0
HOUSE = Path(backend.__file__).parents[1]
TIED = Path(__file__).with_name("tied.py")


class Child:
    """A running process and what it says; make it by `start`."""

    def __init__(self, process: asyncio.subprocess.Process, log: Logbook) -> None:
        self._process = process
        self.log = log
        assert process.stdout is not None  # noqa: S101 - it was asked for
        self._logging = asyncio.create_task(log.take(process.stdout))

    @classmethod
    async def start(cls, command: Sequence[str], environ: Mapping[str, str], log: Path) -> "Child":
        """Start `tandem <command>`; a Ctrl-C in our terminal does not reach it."""
        paths = [str(HOUSE), *filter(None, [environ.get("PYTHONPATH")])]
        process = await asyncio.create_subprocess_exec(
            # By path, for it must not wait for our package to load before it ties itself.
            *(sys.executable, "-P", str(TIED), *command),
            env={**environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        return cls(process, Logbook(log))

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.returncode is not None

    async def ended(self) -> int:
        """Wait for the end, and for its last words; returns the exit code."""
        code = await self._process.wait()
        await self._logging
        return code

    async def stop(self) -> None:
        """Ask the process to end, and kill it when it does not or when there is no more time."""
        try:
            self._send(signal.SIGTERM)
            async with asyncio.timeout(ENDS_WITHIN_S):
                await self.ended()
        except TimeoutError:
            pass
        finally:
            self._kill()
        await self.ended()

    def _send(self, number: signal.Signals) -> None:
        if not self.has_ended:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    def _kill(self) -> None:
        """Kill what is left of it with all it may have started."""
        if not self.has_ended:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
