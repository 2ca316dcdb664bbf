"""Ends what a killed run has left behind, after making sure that it is ours.

Normally the kernel ends a server with the run that started it. A server is still there where the
kernel has no such service, or while it writes its last pages.
"""

import os
import platform
import signal
import subprocess
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from backend.embedded.errors import PredecessorStays
from backend.embedded.process import Ladder
from backend.embedded.waiting import happens

KILLED_WITHIN_S = 10.0


def processes_in(folder: Path, programs: Collection[str]) -> set[int]:
    """Return the processes that execute one of `programs` at work in `folder`.

    A process id in a file may long belong to somebody else; where a process works may not.
    """
    if platform.system() == "Linux":
        return set(_by_working_folder(folder, programs))
    return set(_by_command_line(folder, programs))


async def end_predecessor(
    name: str, folder: Path, programs: Collection[str], pid_file: Path, ladder: Ladder
) -> None:
    """End the server that works in `folder`, gently, and then whatever it leaves."""
    main = _recorded(pid_file)
    for number, seconds in ladder:
        if main not in processes_in(folder, programs):
            break
        _send(main, number)
        await happens(lambda: main not in processes_in(folder, programs), within_s=seconds)
    for pid in processes_in(folder, programs):
        _send(pid, signal.SIGKILL)
    if not await happens(lambda: not processes_in(folder, programs), within_s=KILLED_WITHIN_S):
        raise PredecessorStays(name, sorted(processes_in(folder, programs)))


def _recorded(pid_file: Path) -> int:
    try:
        return int(pid_file.read_text())
    except (FileNotFoundError, ValueError):
        return 0  # No process has this id.


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _by_working_folder(folder: Path, programs: Collection[str]) -> Iterator[int]:
    real = folder.resolve()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        # A process may end while we look, and those of other users are not ours to see.
        with suppress(OSError):
            if (entry / "comm").read_text().strip() not in programs:
                continue
            if (entry / "cwd").readlink().is_relative_to(real):
                yield int(entry.name)


def _by_command_line(folder: Path, programs: Collection[str]) -> Iterator[int]:
    listing = subprocess.run(
        ["/bin/ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=True
    ).stdout
    for line in listing.splitlines():
        pid, _, command = line.strip().partition(" ")
        if str(folder) in command and any(program in command for program in programs):
            yield int(pid)
