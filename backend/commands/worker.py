"""`tandem worker`: one worker process, which does what may happen later."""

import argparse
import asyncio
import signal
import sys

from backend.settings import Settings

HELP = "run a worker (DATABASE_URL, REDIS_URL)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow: nothing."""


def run(_chosen: argparse.Namespace) -> int:
    """Work until told to stop. Raises SettingWrong."""
    return asyncio.run(_work(Settings.from_env()))


async def _work(settings: Settings) -> int:
    import asyncpg  # noqa: PLC0415 - the other commands need none of these
    import structlog  # noqa: PLC0415

    from backend.console import clock_of, following  # noqa: PLC0415
    from backend.observability.logs import configure_logs  # noqa: PLC0415
    from backend.working import create_worker  # noqa: PLC0415

    configure_logs(settings.log_level, settings.log_format)
    clock = clock_of(settings)
    worker = create_worker(settings, clock)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    log = structlog.get_logger()
    log.info("the worker has started")
    try:
        async with following(clock):
            await worker.run()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        sys.stderr.write(f"The worker cannot reach its database: {problem}\n")
        return 1
    log.info("the worker has stopped")
    return 0
