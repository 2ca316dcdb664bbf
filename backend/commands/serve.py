"""`tandem serve`: one API process."""

import argparse
import asyncio
import os

HELP = "run a server (DATABASE_URL, REDIS_URL)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow."""
    parser.add_argument("--port", type=int)
    parser.add_argument("--host")


def run(chosen: argparse.Namespace) -> int:
    """Serve until told to stop. Raises SettingWrong."""
    from backend.assembly import create_app  # noqa: PLC0415 - the other commands need no rooms
    from backend.collecting import collect_rarely  # noqa: PLC0415
    from backend.listening import listen, reason_of  # noqa: PLC0415
    from backend.observability.logs import configure_logs  # noqa: PLC0415
    from backend.running.reaching import NotReached, reach_migrated  # noqa: PLC0415
    from backend.running.saying import complain  # noqa: PLC0415
    from backend.server import TandemServer, configure  # noqa: PLC0415
    from backend.settings import Settings  # noqa: PLC0415

    if chosen.port:
        os.environ["TANDEM_PORT"] = str(chosen.port)
    if chosen.host:
        os.environ["TANDEM_HOST"] = chosen.host
    settings = Settings.from_env()
    configure_logs(settings.log_level, settings.log_format)
    try:
        asyncio.run(reach_migrated(settings.database_url))
    except NotReached as problem:
        complain(str(problem))
        return 1
    try:
        # Taken first: who cannot be reached must not take the actors from who can.
        listening = listen(settings.host, settings.port)
    except OSError as problem:
        complain(
            f"{settings.host}:{settings.port} cannot be listened on: {reason_of(problem)}. "
            "Choose another: --port, --host, TANDEM_PORT or TANDEM_HOST."
        )
        return 1
    server = TandemServer(configure(create_app(settings), settings))
    collect_rarely()
    server.run([listening])
    return 0 if server.started else 1
