"""`tandem run`: everything on this machine, with a page to open."""

import argparse
from pathlib import Path

from backend.settings import SettingWrong

HELP = "run everything on this machine and print the page to open"
PORT_MAX = 2**16 - 1
WORKERS_MAX = 16
INTERRUPTED = 130
"""What a shell takes for a Ctrl-C."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow."""
    parser.add_argument("--port", default="8000", help="where the page is (8000)")
    parser.add_argument("--data", default=".tandem", help="the folder for all data (.tandem)")
    parser.add_argument("--workers", default="1", help="how many processes do jobs (1)")


def run(chosen: argparse.Namespace) -> int:
    """Run until told to stop; what keeps it from running is said in a sentence."""
    port = _number("PORT", chosen.port, PORT_MAX)
    workers = _number("WORKERS", chosen.workers, WORKERS_MAX)
    if not chosen.data:
        raise SettingWrong("DATA names the folder for all data, and is empty.")
    try:
        return _run(port, Path(chosen.data), workers)
    except KeyboardInterrupt:  # Before there was anything to stop.
        return INTERRUPTED


def _run(port: int, data: Path, workers: int) -> int:
    import asyncio  # noqa: PLC0415 - the other commands need none of this

    from backend.embedded import EmbeddedError  # noqa: PLC0415
    from backend.running import RunRefused, Wishes, supervise  # noqa: PLC0415
    from backend.running.bugs import sentence_of  # noqa: PLC0415
    from backend.running.saying import complain  # noqa: PLC0415

    try:
        asyncio.run(supervise(Wishes(port, data, workers)))
    except (RunRefused, EmbeddedError) as problem:
        complain(str(problem))
        return 1
    except Exception as bug:  # noqa: BLE001 - whatever it is, nobody is shown a trace
        complain(sentence_of(bug, data))
        return 1
    return 0


def _number(name: str, text: str, most: int) -> int:
    """Read a number from 1 to `most`. Raises SettingWrong."""
    if not (text.isdecimal() and 1 <= int(text) <= most):
        raise SettingWrong(f"{name} is a number from 1 to {most}, not {text!r}.")
    return int(text)
