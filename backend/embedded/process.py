"""A server's process: it ends when we end, and Ctrl-C in our terminal does not reach it."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from backend.embedded.account import Account
from backend.embedded.waiting import happens

CHILD = Path(__file__).with_name("child.py")
# Servers get nothing of our environment: a stray PGDATA or LC_ALL must not change what they do.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

Ladder = Sequence[tuple[signal.Signals, float]]
"""Signals that ask a process to end, gentlest first, each with the seconds it is given."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What to execute, where and as whom; `death_signal` is sent to it when we are gone."""

    argv: Sequence[str]
    folder: Path
    log: Path
    pid_file: Path
    account: Account | None
    death_signal: signal.Signals
    environ: Mapping[str, str] = field(default_factory=dict)
    """What it is told beside the little that every server is."""


class ServerProcess:
    """A running child, in a session of its own."""

    def __init__(self, launch: Launch) -> None:
        # The kernel ties the child's life to the thread that forked it, not to the process.
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("Embedded servers must be started from the main thread.")
        account = launch.account
        order = {
            "parent": os.getpid(),
            "uid": account.uid if account else None,
            "gid": account.gid if account else None,
            "death_signal": int(launch.death_signal),
            "pid_file": str(launch.pid_file),
        }
        command = [sys.executable, "-I", "-S", str(CHILD), json.dumps(order), *launch.argv]
        with launch.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - the argument list is ours.
                command,
                cwd=launch.folder,
                env={**ENVIRONMENT, **launch.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, or None while it runs."""
        return self._child.poll()

    def has_ended(self) -> bool:
        """Say whether the process is gone."""
        return self._child.poll() is not None

    async def end(self, ladder: Ladder) -> None:
        """Ask the process to end, ever less gently, and last of all kill it and its children."""
        for number, seconds in ladder:
            if self.has_ended():
                return
            self._child.send_signal(number)
            await happens(self.has_ended, within_s=seconds)
        if not self.has_ended():
            self.kill()

    def kill(self) -> None:
        """Kill the process with all it started, and collect it."""
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
