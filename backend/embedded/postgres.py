"""An embedded PostgreSQL: initialised once, recovered when need be, reached by its socket."""

import os
import platform
import pwd
import re
import shutil
import signal
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from backend.embedded.errors import StartStalled, UserHasNoName, WrongVersion
from backend.embedded.process import Ladder
from backend.embedded.programs import POSTGRES_VERSION, postgres_program, within_reach
from backend.embedded.server import EmbeddedServer
from backend.embedded.waiting import happens

PORT = 5432  # Only the name of the socket: PostgreSQL listens on no network.
SUPERUSER = "postgres"
HBA_FILE = "pg_hba.conf"
IDENT_FILE = "pg_ident.conf"
INITDB_WITHIN_S = 600.0
SHARED_BUFFERS_MIB = (128, 512)

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # What people write must not end up in a log, by way of a statement that failed.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_startup_progress_interval": "1s",  # What a long recovery tells us by.
    "max_wal_size": "2GB",
    "jit": "off",
}
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")

# What PostgreSQL writes to its log while it starts, and what that means for who is waiting.
PROGRESS = (
    (re.compile(r"was interrupted|not properly shut down"), "did not end properly and recovers"),
    (re.compile(r"syncing data directory.*elapsed time: ([\d.]+) s"), "checks its files"),
    (re.compile(r"redo in progress, elapsed time: ([\d.]+) s"), "is recovering"),
    (re.compile(r"redo done at"), "has recovered and tidies up"),
)


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL 18 from its package; `dsn` tells how to reach a database.

    Not durable means faster and only for tests: a crash of the machine may lose everything.
    """

    name: ClassVar = "PostgreSQL"
    programs: ClassVar = frozenset({"postgres", "initdb"})
    # Fast shutdown: closes every session, writes everything. Immediate: recovers at next start.
    stop_ladder: ClassVar[Ladder] = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0))

    def dsn(self, database: str, user: str = SUPERUSER) -> str:
        """Return the URL of `database` for asyncpg, psql and pgbench."""
        folder = quote(str(self.place.run), safe="")
        return f"postgresql://{quote(user)}@/{quote(database)}?host={folder}&port={PORT}"

    def find(self) -> bool:
        """Learn where another process has its socket; tells whether there is one."""
        self.place.find_run()
        return (self.place.run / f".s.PGSQL.{PORT}").exists()

    async def _prepare(self) -> None:
        self._let_us_in()
        data = self.place.data
        if not (data / "PG_VERSION").exists():
            await self._initialise()
        version = (data / "PG_VERSION").read_text().strip()
        if version != POSTGRES_VERSION:
            raise WrongVersion(self.place.folder, version, POSTGRES_VERSION)
        self._forget_recycled_pid()

    def _command(self) -> list[str]:
        settings = SETTINGS | {
            "unix_socket_directories": str(self.place.run),
            "port": str(PORT),
            "hba_file": str(self.place.run / HBA_FILE),
            "ident_file": str(self.place.run / IDENT_FILE),
            "shared_buffers": f"{shared_buffers_mib()}MB",
            **dict.fromkeys(DURABLE, "on" if self.durable else "off"),
            **self._settings,
        }
        program = within_reach(postgres_program("postgres"), self.place.account, self.place.run)
        command = [str(program), "-D", self._seen_from_inside(self.place.data)]
        return command + [f"--{name}={value}" for name, value in settings.items()]

    def _is_ready(self) -> bool:
        # The last line of this file says so; pg_ctl waits for the same.
        try:
            lines = (self.place.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        # Empty for the moment between its making and its writing.
        return lines[:1] == [str(self.pid)] and lines[-1].strip() == "ready"

    def _progress(self, words: str) -> str | None:
        for line in reversed(words.splitlines()):
            for pattern, meaning in PROGRESS:
                if found := pattern.search(line):
                    seconds = f" ({float(found[1]):.0f} s so far)" if found.groups() else ""
                    return f"PostgreSQL {meaning}{seconds}."
        return None

    def _reason(self, words: str) -> str:
        reasons = re.findall(r"(?:FATAL|PANIC|error):\s+(.+)", words)
        return reasons[-1] if reasons else "it ended without saying why"

    async def _initialise(self) -> None:
        """Make the data folder, whole or not at all: a killed initdb leaves only data.new."""
        self._tell("Preparing a new PostgreSQL database. This happens once.")
        new = self.place.data.with_name("data.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self.place.give(new)
        program = within_reach(postgres_program("initdb"), self.place.account, self.place.run)
        self._process = self._execute([str(program), *self._initdb_arguments(new)], new)
        if not await happens(self._process.has_ended, within_s=INITDB_WITHIN_S):
            raise StartStalled("initdb", INITDB_WITHIN_S, self.log)
        if self._process.exit_code != 0:
            raise self._why_it_ended()
        self._process = None
        new.rename(self.place.data)
        if self.durable:
            sync_folder(self.place.folder)

    def _initdb_arguments(self, folder: Path) -> list[str]:
        arguments = [
            f"--pgdata={self._seen_from_inside(folder)}",
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            # Sorts by code point and knows upper and lower case, the same on every machine.
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            "--auth-local=peer",
            "--auth-host=reject",
            "--no-instructions",
        ]
        return arguments if self.durable else [*arguments, "--no-sync"]

    def _let_us_in(self) -> None:
        """Admit by the socket who is us to the kernel, under any role, and nobody else.

        The closed folder alone would do, but as root we run PostgreSQL as `nobody`, and so may
        others on this machine.
        """
        try:
            us = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            raise UserHasNoName(os.geteuid()) from None
        for name, line in (
            (HBA_FILE, "local all all peer map=us"),
            (IDENT_FILE, f'us "{us}" all'),
        ):
            path = self.place.run / name
            path.write_text(f"{line}\n")
            self.place.give(path)

    def _forget_recycled_pid(self) -> None:
        """Remove postmaster.pid where its process id lives on as another program.

        PostgreSQL would take that for itself and not start; in a container, where ids are small,
        this is common. Our predecessor has ended, so the id is not its.
        """
        path = self.place.data / "postmaster.pid"
        try:
            os.kill(int(path.read_text().split()[0]), 0)
        except PermissionError:
            path.unlink()  # Somebody else's process.
        except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
            return  # None, or one that PostgreSQL itself sees to be stale.
        else:
            path.unlink()

    def _seen_from_inside(self, folder: Path) -> str:
        """Return how the server names `folder`, in which it is started.

        Another account than ours may not be able to walk there (/root is closed to it), but it
        stands there already, and on Linux this name leads to where a process stands.
        """
        if self.place.account and platform.system() == "Linux":
            return "/proc/self/cwd"
        return str(folder)


def shared_buffers_mib() -> int:
    """Return an eighth of the machine's memory, within reason."""
    memory_mib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2
    least, most = SHARED_BUFFERS_MIB
    return max(least, min(memory_mib // 8, most))


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
