"""`tandem mailbox`: takes the letters of a run on one's own machine, so that they can be read."""

import argparse
import asyncio
import signal
from pathlib import Path

HELP = "take the letters of a run on one's own machine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow."""
    parser.add_argument("--folder", type=Path, required=True, help="where letters are kept")
    parser.add_argument("--socket", type=Path, required=True, help="where it takes them")


def run(chosen: argparse.Namespace) -> int:
    """Take letters until told to stop."""
    return asyncio.run(_take(chosen.folder, chosen.socket))


async def _take(folder: Path, socket: Path) -> int:
    from backend.embedded.mailbox import open_mailbox  # noqa: PLC0415 - the other commands need none of it

    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    async with open_mailbox(folder, socket):
        await told.wait()
    return 0
