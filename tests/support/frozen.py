"""A PostgreSQL that is there and does not answer: every process of it is stopped for a while."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backend.embedded import EmbeddedPostgres


@contextmanager
def frozen(postgres: EmbeddedPostgres) -> Iterator[None]:
    """Stop all of its processes until the block is left; connections still come about."""
    postmaster = postgres.pid
    # Stopped first, it can start no other while the rest is looked for.
    os.kill(postmaster, signal.SIGSTOP)
    try:
        _send(signal.SIGSTOP, postmaster)
        yield
    finally:
        _send(signal.SIGCONT, postmaster)
        os.kill(postmaster, signal.SIGCONT)


def _send(number: signal.Signals, parent: int) -> None:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    for child in map(int, children.split()):
        with suppress(ProcessLookupError):
            os.kill(child, number)
