"""The command line: `tandem serve`, `tandem migrate`."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from backend.settings import Settings, SettingWrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; returns the exit code. What goes wrong is said in a sentence."""
    parser = argparse.ArgumentParser(prog="tandem", description="Keeps promises between people.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="run a server (DATABASE_URL, REDIS_URL)")
    serve.add_argument("--port", type=int)
    serve.add_argument("--host")
    commands.add_parser("migrate", help="bring the database up to date (OWNER_DATABASE_URL)")
    chosen = parser.parse_args(arguments)
    try:
        return _serve(chosen) if chosen.command == "serve" else _migrate()
    except SettingWrong as problem:
        print(problem, file=sys.stderr)
        return 2


def _serve(chosen: argparse.Namespace) -> int:
    from backend.assembly import create_app  # noqa: PLC0415 - `migrate` needs no rooms
    from backend.server import TandemServer, configure  # noqa: PLC0415

    if chosen.port:
        os.environ["TANDEM_PORT"] = str(chosen.port)
    if chosen.host:
        os.environ["TANDEM_HOST"] = chosen.host
    settings = Settings.from_env()
    server = TandemServer(configure(create_app(settings), settings))
    server.run()
    return 0 if server.started else 1


def _migrate() -> int:
    from backend.persistence.migrating import migrate  # noqa: PLC0415

    url = os.environ.get("OWNER_DATABASE_URL") or os.environ.get("DATABASE_URL")
    if not url:
        raise SettingWrong("OWNER_DATABASE_URL (or DATABASE_URL) says which database; set it.")
    asyncio.run(migrate(url))
    return 0


if __name__ == "__main__":
    sys.exit(main())
