"""Break three nodes for a while and write a report: `make faults MINUTES=30`."""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
from pathlib import Path
from random import SystemRandom

from backend.persistence.database import Database
from tests.faults.nodes.report import page_of
from tests.faults.nodes.suite import Happened, Report, run
from tests.faults.nodes.world import world

LEASE_S = 3.0


def _say(happened: Happened) -> None:
    print(
        f"  {happened.fault.replace('_', ' '):32} "
        f"longest without an answer {max(happened.gaps_s):5.1f} s, all well after "
        f"{happened.took_s:5.1f} s",
        flush=True,
    )


async def _break(chosen: argparse.Namespace, folder: Path) -> Report:
    async with world(folder, lease_s=LEASE_S, durable=True) as found:
        database = await Database(found.urls.app).open()
        try:
            return await run(
                found,
                seed=chosen.seed,
                couples=chosen.couples,
                minutes=chosen.minutes,
                each=_say,
            )
        finally:
            await database.close()


def main() -> int:
    """Run, and write the page. Returns 1 when something was not as it must be."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--couples", type=int, default=10)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--page", type=Path, help="where to write the report")
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)
    folder = Path(tempfile.mkdtemp(prefix="tandem-faults-"))
    print(f"Breaking three nodes for {chosen.minutes:g} minutes, seed {chosen.seed}.")
    try:
        report = asyncio.run(_break(chosen, folder))
    except AssertionError as wrong:
        print(f"Seed {chosen.seed}: {wrong}\nThe logs of the nodes are in {folder}.")
        return 1
    page = page_of(report)
    if chosen.page is not None:
        chosen.page.write_text(page, encoding="utf-8")
    print(page)
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
