"""The command line: `tandem run`, `tandem serve` and the other modules of `backend.commands`."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence

from backend import commands
from backend.settings import SettingWrong

INTERRUPTED = 130
"""What a shell takes for a Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; returns the exit code. What goes wrong is said in a sentence."""
    chosen = parse(arguments)
    try:
        code: int = chosen.run(chosen)
    except SettingWrong as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the arguments; what is wrong with them is said, and is the end. Raises SystemExit."""
    parser = argparse.ArgumentParser(prog="tandem", description="Keeps promises between people.")
    subcommands = parser.add_subparsers(dest="command", required=True)
    for found in pkgutil.iter_modules(commands.__path__):
        module = importlib.import_module(f"{commands.__name__}.{found.name}")
        subcommand = subcommands.add_parser(found.name, help=module.HELP)
        module.add_arguments(subcommand)
        subcommand.set_defaults(run=module.run)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
