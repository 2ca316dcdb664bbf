"""Beside the servers: what commands share that work on a database which is in use."""

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from backend.settings import Settings

Act = Callable[[argparse.Namespace, Settings], Awaitable[str]]
"""What a command does, with the database open; gives what to say of it."""


class NotDone(Exception):
    """What was asked for cannot be, and nothing was changed; the sentence says why."""


def add_data(parser: argparse.ArgumentParser) -> None:
    """Let it be said in which folder a run is at work."""
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(".tandem"),
        help="the folder of a `tandem run` that goes on, where there is no DATABASE_URL (.tandem)",
    )


def work_beside(act: Act, chosen: argparse.Namespace) -> int:
    """Do what a command does, and say it; returns the exit code. Raises SettingWrong."""
    from backend.observability.logs import configure_logs  # noqa: PLC0415 - see below

    settings = settings_beside(chosen, os.environ)
    configure_logs(settings.log_level, settings.log_format)
    return asyncio.run(done_beside(act, chosen, settings))


def settings_beside(chosen: argparse.Namespace, environ: Mapping[str, str]) -> Settings:
    """Read the settings, with the database that is in use. Raises SettingWrong."""
    from backend.running.finding import find_database  # noqa: PLC0415 - see below

    return Settings.from_env({**environ, "DATABASE_URL": find_database(chosen.data, environ)})


async def done_beside(act: Act, chosen: argparse.Namespace, settings: Settings) -> int:
    """Do what a command does, within a loop; what keeps it from being done is a sentence."""
    import asyncpg  # noqa: PLC0415 - the other commands need none of these

    from backend.persistence.database import Database  # noqa: PLC0415
    from backend.running.reaching import NotReached, reach_migrated  # noqa: PLC0415
    from backend.running.saying import complain, say  # noqa: PLC0415

    try:
        await reach_migrated(settings.database_url)
        database = await Database(settings.database_url, pool_max=2).open()
        try:
            said = await act(chosen, settings)
        finally:
            await database.close()
    except (NotReached, NotDone) as problem:
        complain(str(problem))
        return 1
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        complain(f"It is not known whether it was done; try again. The database says: {problem}")
        return 1
    say(said)
    return 0
