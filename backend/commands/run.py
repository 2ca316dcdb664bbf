"""`tandem run`: everything on this machine, with a page to open."""

import argparse
from pathlib import Path

from backend.listening import PORT_MAX
from backend.settings import NODES_MAX, SettingWrong, number_of

HELP = "run everything on this machine and print the page to open"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow."""
    parser.add_argument("--port", default="8000", help="where the page is (8000)")
    parser.add_argument("--data", default=".tandem", help="the folder for all data (.tandem)")
    parser.add_argument("--workers", default="1", help="how many nodes serve (1)")


def run(chosen: argparse.Namespace) -> int:
    """Run until told to stop; what keeps it from running is said in a sentence."""
    port = number_of("PORT", chosen.port, PORT_MAX)
    nodes = number_of("WORKERS", chosen.workers, NODES_MAX)
    if not chosen.data:
        raise SettingWrong("DATA names the folder for all data, and is empty.")
    return _run(port, Path(chosen.data), nodes)


def _run(port: int, data: Path, nodes: int) -> int:
    import asyncio  # noqa: PLC0415 - the other commands need none of this

    from backend.embedded import EmbeddedError  # noqa: PLC0415
    from backend.running import RunRefused, Wishes, supervise  # noqa: PLC0415
    from backend.running.bugs import sentence_of  # noqa: PLC0415
    from backend.running.saying import complain  # noqa: PLC0415

    try:
        asyncio.run(supervise(Wishes(port, data, nodes)))
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
