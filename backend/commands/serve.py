"""`tandem serve`: the API, as one node or as several behind one port."""

import argparse
import asyncio
import os
import socket
from typing import TYPE_CHECKING

from backend.settings import NODES_MAX, Settings, number_of

if TYPE_CHECKING:
    from backend.running.doors import Doors

HELP = "run a server (DATABASE_URL; REDIS_URL with TANDEM_HASH_KEY)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may follow."""
    parser.add_argument("--port", type=int)
    parser.add_argument("--host")
    parser.add_argument("--workers", default="1", help="how many nodes serve behind the port (1)")
    parser.add_argument(
        "--node-port", type=int, help="where the first is asked by itself (nowhere)"
    )
    # How one of several nodes is started, by the process that has their sockets.
    parser.add_argument("--sockets", help=argparse.SUPPRESS)


def run(chosen: argparse.Namespace) -> int:
    """Serve until told to stop. Raises SettingWrong."""
    from backend.observability.logs import configure_logs  # noqa: PLC0415
    from backend.running.doors import DoorTaken, take_doors  # noqa: PLC0415
    from backend.running.reaching import NotReached, reach_migrated  # noqa: PLC0415
    from backend.running.saying import complain  # noqa: PLC0415

    workers = number_of("--workers", chosen.workers, NODES_MAX)
    for name in ("port", "host", "node_port"):
        if getattr(chosen, name) is not None:
            os.environ[f"TANDEM_{name.upper()}"] = str(getattr(chosen, name))
    settings = Settings.from_env()
    settings.check_node()
    configure_logs(settings.log_level, settings.log_format)
    try:
        asyncio.run(reach_migrated(settings.database_url))
        if chosen.sockets:
            inherited = [socket.socket(fileno=int(one)) for one in chosen.sockets.split(",")]
            return _serve(settings, inherited)
        # Taken first: who cannot be reached must not take the actors from who can.
        doors = take_doors(settings, workers)
    except (NotReached, DoorTaken) as problem:
        complain(str(problem))
        return 1
    return (
        _serve(settings, doors.of(0))
        if workers == 1
        else _serve_as_several(settings, doors, workers)
    )


def _serve(settings: Settings, sockets: list[socket.socket]) -> int:
    from backend.assembly import create_app  # noqa: PLC0415 - the other commands need no rooms
    from backend.collecting import collect_rarely  # noqa: PLC0415
    from backend.server import TandemServer, configure  # noqa: PLC0415

    server = TandemServer(configure(create_app(settings), settings))
    collect_rarely()
    server.run(sockets)
    return 0 if server.started else 1


def _serve_as_several(settings: Settings, doors: "Doors", workers: int) -> int:
    from backend.running import RunRefused  # noqa: PLC0415
    from backend.running.nodes import serve_nodes  # noqa: PLC0415
    from backend.running.saying import complain  # noqa: PLC0415

    try:
        return 0 if asyncio.run(serve_nodes(doors, workers, settings.drain_s)) else 1
    except RunRefused as problem:
        complain(str(problem))
        return 1
