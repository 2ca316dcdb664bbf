"""The folder of one server: held by one run at a time, with a short way to its socket."""

import errno
import fcntl
import os
import re
import shutil
import tempfile
from pathlib import Path

from backend.embedded.account import Account, unprivileged_account
from backend.embedded.errors import DiskFull, EmbeddedError, FolderInUse, FolderNotWritable

FREE_MIB_MIN = 64
LOG_BYTES_MAX = 8 * 1024 * 1024
# The kernel's limit for a socket's path is 107 bytes, on macOS 103; the longest name in our run
# folder, with the slash before it, is this one.
SOCKET_PATH_BYTES_MAX = 103
LONGEST_SOCKET_NAME = "/.s.PGSQL.5432"
# Other characters would need quoting, each in its own way, in PostgreSQL's list of socket folders
# and in the URLs that redis-py and arq read.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")
TEMPORARY_PREFIX = "tandem-"


class Place:
    """Where one server lives: `data` is the server's own, `run` holds its socket, `log` its words.

    All of it is closed to other users. When the server runs as `account`, the first two belong to
    that, and the folder stays ours: what root writes here no lesser user can have bent elsewhere.
    """

    def __init__(self, folder: Path, *, drops_root: bool = True) -> None:
        self._drops_root = drops_root
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.pid_file = self.folder / "server.pid"
        self.run = self.folder / "run"
        self.account: Account | None = None
        self._lock: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this process has the folder."""
        return self._lock is not None

    def hold(self) -> None:
        """Take the folder for this process, or raise the reason why it cannot be had."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._drops_root:
                self.account = unprivileged_account(self.data, self.folder)
            self._take_lock()
            if self.account:
                self.folder.chmod(0o711)  # It may pass through; what it may open is in its own.
            self._check_room()
            self._turn_log()
        except OSError as error:
            self.release()
            raise as_fact(error, self.folder) from None
        except EmbeddedError:
            self.release()
            raise

    def open_run(self) -> None:
        """Make an empty `run`; only to be called when no earlier server can be using the old one.

        It is a folder beside the data where its path is short and plain and the account may go
        there; else a link to a folder in the machine's temporary one.
        """
        link = self.folder / "run"
        self.close_run()
        if self._suits_sockets(link):
            link.mkdir(mode=0o700)
            self.run = link
        else:
            self.run = self._temporary_folder()
            link.symlink_to(self.run)
        self.give(self.run)

    def find_run(self) -> None:
        """Know `run` as whoever holds the folder has opened it."""
        link = self.folder / "run"
        self.run = link.readlink() if link.is_symlink() else link

    def close_run(self) -> None:
        """Remove `run` and what is in it, an earlier run's included."""
        link = self.folder / "run"
        if link.is_symlink():
            target = link.readlink()
            # The link is ours, but a temporary folder may have changed hands since.
            if target.name.startswith(TEMPORARY_PREFIX) and self._is_ours(target):
                shutil.rmtree(target)
            link.unlink()
        elif link.exists():
            shutil.rmtree(link)

    def give(self, path: Path) -> None:
        """Hand `path` to the account that the server runs as, if it is not our own."""
        if self.account:
            self.account.own(path)

    def release(self) -> None:
        """Let the next run have the folder."""
        if self._lock is not None:
            self.pid_file.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def _take_lock(self) -> None:
        path = self.folder / "lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # The kernel lets go of it whatever way the holder ends, so it is never stale.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 20).decode().strip() or "unknown"
            os.close(lock)
            raise FolderInUse(self.folder, holder) from None
        self._lock = lock
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())

    def _check_room(self) -> None:
        free_mib = shutil.disk_usage(self.folder).free // 1024**2
        if free_mib < FREE_MIB_MIN:
            raise DiskFull(self.folder, free_mib)

    def _turn_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES_MAX:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.log.touch(mode=0o600)

    def _suits_sockets(self, run: Path) -> bool:
        longest = f"{run}{LONGEST_SOCKET_NAME}"
        return (
            len(os.fsencode(longest)) <= SOCKET_PATH_BYTES_MAX
            and PLAIN_PATH.fullmatch(str(run)) is not None
            and (self.account is None or self.account.can_enter(run.parent))
        )

    def _temporary_folder(self) -> Path:
        shortest = Path("/tmp")  # noqa: S108 - what we make there has a random name and is closed.
        parents = [Path(tempfile.gettempdir()).resolve(), shortest.resolve()]
        for parent in parents:
            if parent.is_dir() and self._suits_sockets(parent / f"{TEMPORARY_PREFIX}12345678"):
                return Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=parent))
        raise FolderNotWritable(
            self.folder, f"its path is too long for a socket, and so is {parents[0]}"
        )

    def _is_ours(self, folder: Path) -> bool:
        ours = {os.geteuid(), self.account.uid if self.account else os.geteuid()}
        return folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid in ours


def as_fact(error: OSError, folder: Path) -> EmbeddedError:
    """Return what the operating system's `error` means for someone who runs Tandem."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(folder, 0)
    return FolderNotWritable(folder, (error.strerror or str(error)).lower())
