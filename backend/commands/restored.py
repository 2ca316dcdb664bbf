"""`tandem restored`: says that the database was restored and may have lost commits."""

import argparse
import asyncio

from backend.settings import owner_url

HELP = "say that the database was restored: clients get snapshots (OWNER_DATABASE_URL)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow: nothing."""


def run(_chosen: argparse.Namespace) -> int:
    """Begin a new generation of all topics. Raises SettingWrong."""
    from backend.persistence.restoring import begin_generation  # noqa: PLC0415
    from backend.running.reaching import NotReached, reach_migrated  # noqa: PLC0415
    from backend.running.saying import complain  # noqa: PLC0415

    url = owner_url()

    async def reach_and_begin() -> int:
        await reach_migrated(url)
        return await begin_generation(url)

    try:
        generation = asyncio.run(reach_and_begin())
    except NotReached as problem:
        complain(str(problem))
        return 1
    print(f"Topics are in generation {generation}; clients that come back get a snapshot.")
    return 0
