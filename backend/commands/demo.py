"""`tandem demo`: brings the database up to date and has Anna and Ben in it."""

import argparse
import asyncio
import os

from backend.settings import Settings, SettingWrong

HELP = "bring the database up to date and have the people of the demo in it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow: nothing."""


def run(_chosen: argparse.Namespace) -> int:
    """Do it; done a second time it changes nothing. Raises SettingWrong."""
    from backend.persistence.migrating import MigrationFailed, migrate  # noqa: PLC0415 - Piccolo is slow to load
    from backend.running.demo import DemoFailed, have_demo  # noqa: PLC0415
    from backend.running.saying import complain  # noqa: PLC0415

    settings = Settings.from_env()
    if not settings.is_demo or not settings.demo_password:
        raise SettingWrong(
            "The demo needs TANDEM_IS_DEMO=true and a TANDEM_DEMO_PASSWORD; `tandem run` sets both."
        )
    owner_url = os.environ.get("OWNER_DATABASE_URL") or settings.database_url

    async def prepare() -> None:
        await migrate(owner_url)
        await have_demo(settings, owner_url)

    try:
        asyncio.run(prepare())
    except (MigrationFailed, DemoFailed) as problem:
        complain(str(problem))
        return 1
    return 0
