"""`tandem migrate`: brings a database up to what this version expects."""

import argparse
import asyncio

from backend.settings import owner_url

HELP = "bring the database up to date (OWNER_DATABASE_URL)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow: nothing."""


def run(_chosen: argparse.Namespace) -> int:
    """Run what has not been run. Raises SettingWrong."""
    from backend.persistence.migrating import MigrationFailed, migrate  # noqa: PLC0415 - Piccolo is slow to load
    from backend.running.reaching import NotReached, reach  # noqa: PLC0415
    from backend.running.saying import complain  # noqa: PLC0415

    url = owner_url()

    async def reach_and_migrate() -> None:
        await reach(url)
        await migrate(url)

    try:
        asyncio.run(reach_and_migrate())
    except (NotReached, MigrationFailed) as problem:
        complain(str(problem))
        return 1
    return 0
