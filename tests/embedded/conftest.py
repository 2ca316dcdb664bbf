"""Folders to start servers in, and a run of them that a test may kill."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass
class Run:
    """A process that has started both servers and waits; `kill` gives it no chance to stop them."""

    process: subprocess.Popen[str]
    server_pids: dict[str, int]

    def kill(self) -> None:
        """End the run as a crash would."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A new folder with a short path that every user of the machine may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def start_run(folder: Path) -> Iterator[Callable[..., Run]]:
    """Start servers in `folder` from another process."""
    runs: list[Run] = []

    def start(*options: str) -> Run:
        process = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).with_name("run_and_wait.py")),
                str(folder),
                *options,
            ],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout
        pids = dict(line.split() for line in (process.stdout.readline() for _ in range(2)))
        runs.append(Run(process, {name: int(pid) for name, pid in pids.items()}))
        return runs[-1]

    yield start
    for run in runs:
        run.kill()
        if run.process.stdout:
            run.process.stdout.close()
        for pid in run.server_pids.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
