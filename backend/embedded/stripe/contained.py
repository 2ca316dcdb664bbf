"""Runs localstripe as it comes, but where it belongs: on loopback, its store in our folder.

By itself it listens to the whole network, and keeps what it is told in a file for everybody under
/tmp. It has no option for either, so the program is given a socket and an `open` that know better.
Started by path, in a process of its own; nothing of localstripe is imported by Tandem.
"""

import builtins
import logging
import os
import runpy
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

ITS_STORE = "/tmp/localstripe.pickle"  # noqa: S108 - where localstripe has it
OURS = "localstripe.pickle"
_open = builtins.open


class _OnLoopback(socket.socket):
    """A socket that is bound to this machine only, on IPv4, which every machine has."""

    def __init__(self, family: int = -1, *others: Any, **named: Any) -> None:
        ours = socket.AF_INET if family == socket.AF_INET6 else family
        super().__init__(ours, *others, **named)

    def bind(self, address: Any, /) -> None:
        # Answers in two pieces wait 40 ms between them otherwise.
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().bind(("127.0.0.1", address[1]) if self.family == socket.AF_INET else address)


def _opening(store: str) -> Callable[..., IO[Any]]:
    """Make an `open` that has another file where localstripe means its own."""

    def open_ours(file: Any, *others: Any, **named: Any) -> IO[Any]:
        ours: IO[Any] = _open(store if file == ITS_STORE else file, *others, **named)
        return ours

    return open_ours


def main(program: str, *arguments: str) -> None:
    """Run the program, in the folder we are in."""
    if sys.platform == "linux":
        Path("/proc/self/comm").write_text("localstripe", encoding="ascii")
    socket.socket = _OnLoopback  # type: ignore[misc]
    # Who begins from scratch still writes, and nobody shall read it.
    store = os.devnull if "--from-scratch" in arguments else OURS
    builtins.open = _opening(store)  # type: ignore[assignment]
    # It writes down every request.
    logging.disable(logging.INFO)
    os.umask(0o077)
    sys.argv = [program, *arguments]
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
