"""The data folder: everything a run leaves behind, held by one run at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.embedded.place import as_fact
from backend.running.errors import AlreadyRunning

NOTE_BYTES_MAX = 200


class DataFolder:
    """Where the servers' data, this run's secrets and the logs are."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.postgres = self.path / "postgresql"
        self.redis = self.path / "redis"
        self.mail = self.path / "mail"
        self.stripe = self.path / "stripe"
        self.keys = self.path / "keys.json"
        self.logs = self.path / "logs"

    @contextmanager
    def held(self, address: str) -> Iterator[None]:
        """Have the folder for this process until the block ends, noting what it serves.

        Raises AlreadyRunning, or the embedded servers' FolderNotWritable and DiskFull.
        """
        try:
            lock = self._take_lock(address)
        except OSError as problem:
            raise as_fact(problem, self.path) from None
        try:
            yield
        finally:
            os.close(lock)

    def _take_lock(self, address: str) -> int:
        # Whoever the servers run as must be able to pass through; inside, all is closed.
        self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.logs.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # The kernel lets go of it whatever way the holder ends, so it is never stale.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()} {address}\n".encode(), 0)
        except BlockingIOError:
            pid, _, served = os.pread(lock, NOTE_BYTES_MAX, 0).decode().strip().partition(" ")
            os.close(lock)
            raise AlreadyRunning(self.path, pid or "unknown", served) from None
        except OSError:
            os.close(lock)
            raise
        return lock
